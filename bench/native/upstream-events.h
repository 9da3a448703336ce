// The events of one response, on either wire.
#ifndef BENCH_UPSTREAM_EVENTS_H
#define BENCH_UPSTREAM_EVENTS_H
#include "upstream-connection.h"

// One SSE event as one HTTP chunk, or one WebSocket text frame.
static void put_unit(conn *c, const char *p, size_t n) {
  char h[16];
  if (c->kind == K_WS) {
    int k = 0;
    h[k++] = (char)0x81;
    if (n < 126) h[k++] = (char)n;
    else if (n < 65536) { h[k++] = 126; h[k++] = (char)(n >> 8); h[k++] = (char)n; }
    else die("frame too long");
    put(c, h, (size_t)k);
    put(c, p, n);
    return;
  }
  if (c->chunked) { put(c, h, (size_t)snprintf(h, sizeof h, "%zx\r\n", n)); put(c, p, n); put(c, "\r\n", 2); }
  else put(c, p, n);
}
static void put_event(conn *c, const char *type, const char *fmt, ...) {
  char b[4096];
  int k = 0;
  if (c->kind == K_SSE) k = snprintf(b, sizeof b, "event: %s\ndata: ", type);
  va_list ap;
  va_start(ap, fmt);
  k += vsnprintf(b + k, sizeof b - (size_t)k, fmt, ap);
  va_end(ap);
  if (c->kind != K_WS) k += snprintf(b + k, sizeof b - (size_t)k, "\n\n");
  put_unit(c, b, (size_t)k);
}

#define ITEM "msg_0d5c1b2f9a7e4c3388b6f1a2c3d4e5f60718293a4b5c6d7e"
#define RESP "resp_0d5c1b2f9a7e4c3388b6f1a2c3d4e5f60718293a4b5c6d7e"

// Builds the delta template of one wire for a filler of `bytes` characters.
static void build_tmpl(int kind, uint32_t bytes) {
  tmpl *t = &T[kind];
  if (t->buf && t->bytes == bytes) return;
  free(t->buf);
  char *fill = malloc(bytes + 1), *body = malloc(bytes + 2048);
  for (uint32_t i = 0; i < bytes; i++) fill[i] = (char)((i % 6 == 5) ? ' ' : 'a' + i % 23);
  fill[bytes] = 0;
  const char *stamp = "@T0000000000000000@";
  int n = 0;
  if (kind == K_SSE) n = sprintf(body, "event: response.output_text.delta\ndata: ");
  n += sprintf(body + n,
               "{\"type\":\"response.output_text.delta\",\"content_index\":0,\"delta\":\"%s%s\",\"item_id\":\"" ITEM
               "\",\"logprobs\":[],\"obfuscation\":\"aZ3kP0q9\",\"output_index\":0,\"sequence_number\":1000000}",
               stamp, fill);
  if (kind != K_WS) n += sprintf(body + n, "\n\n");
  // Framing goes in too: chunk size line and CRLF, or the frame header.
  char *full = malloc((size_t)n + 32);
  size_t k = 0;
  if (kind == K_WS) {
    full[k++] = (char)0x81;
    if (n < 126) full[k++] = (char)n;
    else { full[k++] = 126; full[k++] = (char)(n >> 8); full[k++] = (char)n; }
  } else k = (size_t)sprintf(full, "%x\r\n", n);
  memcpy(full + k, body, (size_t)n);
  size_t total = k + (size_t)n;
  if (kind != K_WS) { memcpy(full + total, "\r\n", 2); total += 2; }
  full[total] = 0;
  t->buf = full;
  t->len = total;
  t->stamp_at = (size_t)((char *)memmem(full, total, "@T", 2) - full) + 2;
  char *seq = memmem(full, total, "1000000", 7);
  t->seq_at = seq ? (size_t)(seq - full) : 0;
  t->bytes = bytes;
  free(fill);
  free(body);
}

static void put_delta(conn *c, uint64_t t) {
  tmpl *m = &T[c->kind];
  // Without chunking (HTTP/1.0) the framing of the template is left out.
  if (c->kind != K_WS && !c->chunked) {
    size_t head = (size_t)((char *)memchr(m->buf, '\n', 16) - m->buf) + 1;
    out_room(c, m->len);
    char *o = c->out + c->out_len;
    memcpy(o, m->buf + head, m->len - head - 2);
    put_digits(o + m->stamp_at - head, STAMP_DIGITS, t);
    c->out_len += m->len - head - 2;
    return;
  }
  out_room(c, m->len);
  char *o = c->out + c->out_len;
  memcpy(o, m->buf, m->len);
  put_digits(o + m->stamp_at, STAMP_DIGITS, t);
  if (m->seq_at) put_digits(o + m->seq_at, 7, 1000000 + c->i);
  c->out_len += m->len;
}

static void preamble(conn *c) {
  put_event(c, "response.created",
            "{\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"" RESP
            "\",\"object\":\"response\",\"created_at\":1700000000,\"status\":\"in_progress\",\"model\":\"gpt-bench\","
            "\"output\":[],\"metadata\":{\"body_bytes\":\"%llu\"}}}",
            (unsigned long long)c->body_seen);
  put_event(c, "response.output_item.added",
            "{\"type\":\"response.output_item.added\",\"sequence_number\":1,\"output_index\":0,\"item\":{\"id\":\"" ITEM
            "\",\"type\":\"message\",\"status\":\"in_progress\",\"role\":\"assistant\",\"content\":[]}}");
}
static void epilogue(conn *c) {
  put_event(c, "response.output_item.done",
            "{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"id\":\"" ITEM
            "\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\","
            "\"text\":\"done\"}]}}");
  put_event(c, "response.completed",
            "{\"type\":\"response.completed\",\"response\":{\"id\":\"" RESP
            "\",\"object\":\"response\",\"status\":\"completed\",\"model\":\"gpt-bench\",\"output\":[],\"usage\":{"
            "\"input_tokens\":15000,\"input_tokens_details\":{\"cached_tokens\":14000},\"output_tokens\":%u,"
            "\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":%u}}}",
            c->p.n, 15000 + c->p.n);
  if (c->kind == K_SSE && c->chunked) put(c, "0\r\n\r\n", 5);
}

static void parse_input(conn *c);

static void end_stream(conn *c) {
  epilogue(c);
  c->streaming = 0;
  heap_del(c);
  active_del(c);
  if (c->kind == K_WS) c->state = S_WS;
  else {
    c->state = S_HEAD;
    if (!c->keepalive) c->close_after = 1;
  }
}

static void start_stream(conn *c) {
  build_tmpl(c->kind, c->p.bytes);
  st_requests++;
  st_body_bytes += c->body_seen;
  c->streaming = 1;
  c->i = 0;
  preamble(c);
  c->t0 = now_ns();
  if (c->p.gap_us == 0) { active_add(c); return; }
  // The first delta leaves with the preamble, the others on schedule.
  put_delta(c, now_ns());
  st_events++;
  c->i = 1;
  if (c->i >= c->p.n) end_stream(c);
  else { c->due = c->t0 + (uint64_t)c->p.gap_us * 1000ull; heap_push(c); }
  flush(c);
}

#endif
