// Mock LLM backend: one thread, epoll, no allocation per event.
//
// Speaks, on one port:
//   POST …/responses            OpenAI Responses API, SSE
//   GET  …/responses (Upgrade)  the same over WebSocket, one turn per {"type":"response.create",…}
//   GET  /__bench/config?n=&gap=&bytes=&batch=   sets the defaults below
//   GET  /__bench/stats         counters and own lateness since the last call
//   GET  /__bench/abort         drops every connection that is streaming
//   anything else               a small JSON document (GET …/models)
//
// n: deltas per response; gap: microseconds between two deltas (0 = as fast as
// the socket takes them); bytes: filler characters per delta; batch: deltas per
// write() when gap is 0. A request overrides them with the header
// "x-bench: n=200;gap=20000;bytes=16;batch=1" where the proxy passes it on.
//
// Deltas follow a fixed schedule (start + i * gap), and each is stamped when it
// is generated, before it is queued: a proxy that reads slowly makes the delay
// grow and cannot slow the schedule down (no coordinated omission).
#include "upstream-events.h"
#include "upstream-handshake.h"
#include "upstream-input.h"

static void apply_params(const char *s, const char *end, params *p) {
  while (s < end) {
    char name[16];
    int k = 0;
    while (s < end && !isalpha((unsigned char)*s)) s++;
    while (s < end && isalpha((unsigned char)*s) && k < 15) name[k++] = *s++;
    name[k] = 0;
    if (s >= end || *s != '=') { while (s < end && *s != '&' && *s != ';') s++; continue; }
    uint32_t v = (uint32_t)strtoul(s + 1, (char **)&s, 10);
    if (!strcmp(name, "n")) p->n = v ? v : 1;
    else if (!strcmp(name, "gap")) p->gap_us = v;
    else if (!strcmp(name, "bytes")) p->bytes = v > 32768 ? 32768 : v;
    else if (!strcmp(name, "batch")) p->batch = v ? v : 1;
  }
}

static void reply_json(conn *c, const char *body, size_t n) {
  char h[256];
  int k = snprintf(h, sizeof h, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n%s\r\n", n,
                   c->keepalive ? "" : "connection: close\r\n");
  put(c, h, (size_t)k);
  put(c, body, n);
  c->state = S_HEAD;
  if (!c->keepalive) c->close_after = 1;
  flush(c);
}

static const char MODELS[] =
    "{\"object\":\"list\",\"data\":[{\"id\":\"gpt-bench\",\"object\":\"model\",\"owned_by\":\"bench\"}],"
    "\"models\":[{\"slug\":\"gpt-bench\",\"display_name\":\"gpt-bench\",\"supported_in_api\":true}]}";

static void handle(conn *c) {
  if (!strncmp(c->path, "/__bench/config", 15)) {
    char *q = strchr(c->path, '?');
    if (q) apply_params(q + 1, c->path + strlen(c->path), &defaults);
    char b[128];
    int n = snprintf(b, sizeof b, "{\"n\":%u,\"gap\":%u,\"bytes\":%u,\"batch\":%u}", defaults.n, defaults.gap_us, defaults.bytes, defaults.batch);
    reply_json(c, b, (size_t)n);
    return;
  }
  if (!strncmp(c->path, "/__bench/abort", 14)) {
    for (int i = all_n - 1; i >= 0; i--)
      if (i < all_n && all[i]->streaming) kill_conn(all[i]);
    reply_json(c, "{}", 2);
    return;
  }
  if (!strncmp(c->path, "/__bench/stats", 14)) {
    char *b = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&b, &n);
    fprintf(f, "{\"requests\":%llu,\"events\":%llu,\"body_bytes\":%llu,\"aborted\":%llu,\"open_streams\":%d,\"connections\":%d,", (unsigned long long)st_requests,
            (unsigned long long)st_events, (unsigned long long)st_body_bytes, (unsigned long long)st_aborted, heap_n + active_n, all_n);
    print_samples(f, "late_us", &st_late);
    fprintf(f, "}");
    fclose(f);
    reply_json(c, b, n);
    free(b);
    st_late.n = 0;
    st_requests = st_events = st_body_bytes = st_aborted = 0;
    return;
  }
  size_t plen = strcspn(c->path, "?");
  int turn = plen >= 10 && !memcmp(c->path + plen - 10, "/responses", 10);
  if (c->upgrade && turn && c->ws_key[0]) {
    char acc[32], h[256];
    ws_accept(c->ws_key, acc);
    int k = snprintf(h, sizeof h, "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: %s\r\n\r\n", acc);
    put(c, h, (size_t)k);
    c->kind = K_WS;
    c->state = S_WS;
    flush(c);
    return;
  }
  if (!turn || c->is_get) {
    reply_json(c, MODELS, sizeof MODELS - 1);
    return;
  }
  c->kind = K_SSE;
  c->state = S_STREAM;
  static const char HEAD[] =
      "HTTP/1.1 200 OK\r\ndate: Tue, 14 Nov 2023 22:13:20 GMT\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
      "cache-control: no-cache\r\nx-request-id: 6f9619ff-8b86-d011-b42d-00c04fc964ff\r\nopenai-processing-ms: 12\r\n"
      "x-codex-primary-used-percent: 12\r\nx-codex-primary-window-minutes: 300\r\nx-codex-secondary-used-percent: 34\r\n"
      "x-codex-secondary-window-minutes: 10080\r\nx-codex-credits-has-credits: false\r\nserver: bench\r\n"
      "strict-transport-security: max-age=31536000; includeSubDomains; preload\r\nx-content-type-options: nosniff\r\n";
  put(c, HEAD, sizeof HEAD - 1);
  if (c->chunked) put(c, "transfer-encoding: chunked\r\n", 28);
  if (!c->keepalive) put(c, "connection: close\r\n", 19);
  put(c, "\r\n", 2);
  start_stream(c);
}

int main(int argc, char **argv) {
  int port = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!strcmp(argv[i], "--port")) port = atoi(argv[i + 1]);
    else die("unknown option %s", argv[i]);
  }
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1000);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  raise_nofile();
  int ls = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
  setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(ls, (struct sockaddr *)&a, sizeof a) || listen(ls, 4096)) die("cannot listen on 127.0.0.1:%d: %s", port, strerror(errno));
  socklen_t al = sizeof a;
  getsockname(ls, (struct sockaddr *)&a, &al);
  for (int k = 0; k < K_COUNT; k++) build_tmpl(k, defaults.bytes);
  ep = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(ep, EPOLL_CTL_ADD, ls, &e);
  printf("{\"port\":%d}\n", ntohs(a.sin_port));
  fflush(stdout);
  struct epoll_event evs[512];
  int n;
  for (;;) {
    // Gap-0 streams keep the loop spinning unless every one waits for its socket to drain.
    int spin = 0;
    for (int i = 0; i < active_n && !spin; i++) spin = !active[i]->writing;
    if (spin) n = epoll_wait(ep, evs, 512, 0);
    else n = wait_until(ep, evs, 512, heap_n ? heap[0]->due : 0);
    for (int i = 0; i < n; i++) {
      conn *c = evs[i].data.ptr;
      if (!c) {
        for (;;) {
          int fd = accept4(ls, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
          if (fd < 0) break;
          setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          conn *k = calloc(1, sizeof *k);
          k->fd = fd;
          k->heap_at = k->active_at = -1;
          if (all_n == all_cap) all = realloc(all, sizeof *all * (size_t)(all_cap = all_cap ? all_cap * 2 : 256));
          k->all_at = all_n;
          all[all_n++] = k;
          struct epoll_event ne = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = k};
          epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ne);
        }
        continue;
      }
      if (c->dead) continue;
      if (evs[i].events & EPOLLOUT) flush(c);
      if (!c->dead && evs[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP)) on_readable(c);
    }
    // Paced streams that are due.
    while (heap_n) {
      conn *c = heap[0];
      uint64_t t = now_ns();
      if (c->due > t) break;
      sample_ns(&st_late, (int64_t)(t - c->due));
      put_delta(c, t);
      st_events++;
      c->i++;
      if (c->i >= c->p.n) {
        end_stream(c);
        flush(c);
        if (!c->dead && !c->close_after) parse_input(c);
      } else {
        c->due = c->t0 + (uint64_t)c->i * c->p.gap_us * 1000ull;
        heap_down(0);
        flush(c);
      }
    }
    // Streams without pacing: one batch each per turn, as long as the socket takes it.
    for (int i = active_n - 1; i >= 0; i--) {
      if (i >= active_n) continue;
      conn *c = active[i];
      if (c->out_len - c->out_off > 0) { if (c->writing) continue; flush(c); if (c->dead || c->writing) continue; }
      uint64_t t = now_ns();
      for (uint32_t k = 0; k < c->p.batch && c->i < c->p.n; k++) { put_delta(c, t); st_events++; c->i++; }
      int fin = c->i >= c->p.n;
      if (fin) end_stream(c);
      flush(c);
      if (fin && !c->dead && !c->close_after) parse_input(c);
    }
    for (int i = 0; i < grave_n; i++) { free(grave[i]->in); free(grave[i]->out); free(grave[i]); }
    grave_n = 0;
  }
}
