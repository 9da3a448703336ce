// What clients send: request heads, bodies, WebSocket frames. Whole requests go to handle().
#ifndef BENCH_UPSTREAM_INPUT_H
#define BENCH_UPSTREAM_INPUT_H
#include "upstream-events.h"

static void handle(conn *c);
static void apply_params(const char *s, const char *end, params *p);

static int header_has(const char *v, size_t n, const char *word) {
  size_t w = strlen(word);
  for (size_t i = 0; i + w <= n; i++)
    if (!strncasecmp(v + i, word, w)) return 1;
  return 0;
}

// Takes one request head off the input; 0: not complete yet.
static int parse_head(conn *c) {
  char *end = memmem(c->in, c->in_len, "\r\n\r\n", 4);
  if (!end) return 0;
  size_t head = (size_t)(end - c->in) + 4;
  char *p = c->in, *eol = memmem(p, head, "\r\n", 2);
  c->is_get = !strncmp(p, "GET ", 4) || !strncmp(p, "HEAD ", 5);
  char *sp = memchr(p, ' ', (size_t)(eol - p));
  char *sp2 = sp ? memchr(sp + 1, ' ', (size_t)(eol - sp - 1)) : NULL;
  if (!sp2) { kill_conn(c); return 0; }
  size_t pl = (size_t)(sp2 - sp - 1);
  if (pl >= sizeof c->path) pl = sizeof c->path - 1;
  memcpy(c->path, sp + 1, pl);
  c->path[pl] = 0;
  int v11 = !strncmp(sp2 + 1, "HTTP/1.1", 8);
  c->keepalive = v11;
  c->chunked = v11;
  c->upgrade = 0;
  c->ws_key[0] = 0;
  c->p = defaults;
  c->body_left = 0;
  c->body_seen = 0;
  int te = 0, expect = 0;
  for (p = eol + 2; p < end;) {
    eol = memmem(p, (size_t)(c->in + head - p), "\r\n", 2);
    char *colon = memchr(p, ':', (size_t)(eol - p));
    if (colon) {
      size_t nl = (size_t)(colon - p);
      char *v = colon + 1;
      while (v < eol && *v == ' ') v++;
      size_t vl = (size_t)(eol - v);
#define IS(s) (nl == sizeof(s) - 1 && !strncasecmp(p, s, nl))
      if (IS("content-length")) c->body_left = strtoull(v, NULL, 10);
      else if (IS("transfer-encoding")) te = header_has(v, vl, "chunked");
      else if (IS("connection")) {
        if (header_has(v, vl, "close")) c->keepalive = 0;
        else if (header_has(v, vl, "keep-alive")) c->keepalive = 1;
      } else if (IS("upgrade")) c->upgrade = header_has(v, vl, "websocket");
      else if (IS("sec-websocket-key") && vl < sizeof c->ws_key) { memcpy(c->ws_key, v, vl); c->ws_key[vl] = 0; }
      else if (IS("expect")) expect = 1;
      else if (IS("x-bench")) apply_params(v, v + vl, &c->p);
#undef IS
    }
    p = eol + 2;
  }
  memmove(c->in, c->in + head, c->in_len - head);
  c->in_len -= head;
  if (expect) { put(c, "HTTP/1.1 100 Continue\r\n\r\n", 25); flush(c); if (c->dead) return 0; }
  if (te) { c->state = S_BODY_CHUNKED; c->ck_state = 0; c->ck_left = 0; c->ck_line = 0; }
  else c->state = S_BODY_LEN;
  return 1;
}

// Eats a chunked request body; 1 when it is complete.
static int eat_chunks(conn *c, size_t *used) {
  size_t i = 0;
  while (i < c->in_len) {
    if (c->ck_state == 1) {
      uint64_t k = c->in_len - i < c->ck_left ? c->in_len - i : c->ck_left;
      i += k;
      c->ck_left -= k;
      c->body_seen += k;
      if (!c->ck_left) c->ck_state = 2;
      continue;
    }
    char ch = c->in[i++];
    if (c->ck_state == 0) {
      if (ch == '\n') { c->ck_state = c->ck_left ? 1 : 3; c->ck_line = 0; }
      else if (isxdigit((unsigned char)ch) && c->ck_line == 0) c->ck_left = c->ck_left * 16 + (uint64_t)(isdigit((unsigned char)ch) ? ch - '0' : (ch | 32) - 'a' + 10);
      else c->ck_line = 1;
    } else if (c->ck_state == 2) {
      if (ch == '\n') { c->ck_state = 0; c->ck_left = 0; c->ck_line = 0; }
    } else {
      if (ch == '\n') { if (!c->ck_line) { *used = i; return 1; } c->ck_line = 0; }
      else if (ch != '\r') c->ck_line = 1;
    }
  }
  *used = i;
  return 0;
}

// Client frames: only the start of a data message is looked at.
static size_t ws_parse(conn *c) {
  size_t i = 0;
  while (i < c->in_len && !c->dead) {
    if (!c->ws_in_payload) {
      unsigned char *b = (unsigned char *)c->in + i;
      size_t have = c->in_len - i, need = 2;
      if (have < 2) break;
      uint64_t len = b[1] & 127;
      int masked = b[1] >> 7;
      if (len == 126) need += 2;
      else if (len == 127) need += 8;
      need += masked ? 4 : 0;
      if (have < need) break;
      size_t at = 2;
      if (len == 126) { len = (uint64_t)b[2] << 8 | b[3]; at = 4; }
      else if (len == 127) { len = 0; for (int k = 0; k < 8; k++) len = len << 8 | b[2 + k]; at = 10; }
      memset(c->ws_mask, 0, 4);
      if (masked) memcpy(c->ws_mask, b + at, 4);
      c->ws_fin = b[0] >> 7;
      c->ws_opcode = b[0] & 15;
      c->ws_left = len;
      c->ws_pos = 0;
      c->ws_in_payload = 1;
      if (c->ws_opcode == 1 || c->ws_opcode == 2) { c->ws_head_len = 0; c->body_seen = 0; }
      if (c->ws_opcode >= 8) c->ctl_len = 0;
      i += need;
    }
    uint64_t k = c->in_len - i < c->ws_left ? c->in_len - i : c->ws_left;
    if (c->ws_opcode < 8) {
      for (uint64_t j = 0; j < k && c->ws_head_len < (int)sizeof c->ws_head; j++)
        c->ws_head[c->ws_head_len++] = c->in[i + j] ^ (char)c->ws_mask[(c->ws_pos + j) & 3];
      c->body_seen += k;
    } else
      for (uint64_t j = 0; j < k && c->ctl_len < (int)sizeof c->ctl; j++)
        c->ctl[c->ctl_len++] = c->in[i + j] ^ (char)c->ws_mask[(c->ws_pos + j) & 3];
    i += k;
    c->ws_left -= k;
    c->ws_pos += k;
    if (c->ws_left) break;
    c->ws_in_payload = 0;
    if (c->ws_opcode == 8) {
      char h[4] = {(char)0x88, 0};
      put(c, h, 2);
      c->close_after = 1;
      if (c->streaming) { st_aborted++; c->streaming = 0; heap_del(c); active_del(c); }
      flush(c);
    } else if (c->ws_opcode == 9) {
      char h[2] = {(char)0x8a, (char)c->ctl_len};
      put(c, h, 2);
      put(c, c->ctl, (size_t)c->ctl_len);
      flush(c);
    } else if (c->ws_opcode < 8 && c->ws_fin) {
      if (memmem(c->ws_head, (size_t)c->ws_head_len, "response.create", 15) && !c->streaming) {
        c->p = defaults;
        start_stream(c);
      }
    }
  }
  return i;
}

static void parse_input(conn *c) {
  for (;;) {
    if (c->dead) return;
    size_t used = 0;
    if (c->state == S_HEAD) {
      if (c->in_len == 0 || !parse_head(c)) return;
      continue;
    }
    if (c->state == S_BODY_LEN) {
      used = c->in_len < c->body_left ? c->in_len : (size_t)c->body_left;
      c->body_left -= used;
      c->body_seen += used;
      if (used) { memmove(c->in, c->in + used, c->in_len - used); c->in_len -= used; }
      if (c->body_left) return;
      handle(c);
    } else if (c->state == S_BODY_CHUNKED) {
      int done = eat_chunks(c, &used);
      memmove(c->in, c->in + used, c->in_len - used);
      c->in_len -= used;
      if (!done) return;
      handle(c);
    } else if (c->state == S_WS) {
      used = ws_parse(c);
      if (c->dead) return;
      memmove(c->in, c->in + used, c->in_len - used);
      c->in_len -= used;
      return;
    } else return;  // S_STREAM: a pipelined request waits
    if (c->in_len == 0 || c->state == S_STREAM) return;
  }
}

static void on_readable(conn *c) {
  for (int round = 0; round < 8 && !c->dead; round++) {
    if (c->in_cap - c->in_len < 65536) {
      c->in_cap = c->in_len + 131072;
      c->in = realloc(c->in, c->in_cap);
    }
    ssize_t r = recv(c->fd, c->in + c->in_len, c->in_cap - c->in_len, 0);
    if (r > 0) {
      c->in_len += (size_t)r;
      parse_input(c);
      if ((size_t)r < 65536) return;
      continue;
    }
    if (r < 0 && (errno == EAGAIN || errno == EINTR)) return;
    kill_conn(c);
    return;
  }
}

#endif
