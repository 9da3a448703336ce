// Load generator: one thread, epoll, HTTP/1.1 keep-alive or WebSocket.
//
//   load --port P --path /x [--method POST] [--body-file F] [--header 'a: b']…
//        [--proto http|ws] [--conns N] [--requests R] [--duration-ms D]
//        [--interval-us I] [--ramp-ms M] [--expect K] [--timeout-ms T] [--warm W]
//
// Every connection sends up to R requests, one after the other (a WebSocket:
// R turns). --interval-us paces each connection: request k is *due* at
// start + k * interval, and is sent then or, when the one before it is late,
// right after it; "due" latencies count from the due time, so a stall is paid
// by every request it delays (no coordinated omission). --ramp-ms spreads the
// first requests of the connections evenly over that time. --duration-ms stops
// starting requests after that time. --expect K counts a response with other
// than K stamps as short. --warm W leaves the first W responses of each
// connection out of the latencies.
//
// Prints one JSON object.
#include "load-response.h"
#include <sys/stat.h>

static const char *host = "127.0.0.1", *path = "/", *method = "POST", *body_file, *proto = "http";
static int port, conns = 1, expect_n;
static uint32_t requests = 1;
static uint64_t duration_ms, interval_us, ramp_ms, timeout_ms = 30000;
static char extra[8192];
static char *req;
static size_t req_len;
static char hs[2048];
static size_t hs_len;
static struct sockaddr_in addr;
static int ep;
static conn *cs;
static int live;
static uint64_t t_start, t_stop, t_dead, t_first_send, t_last;
static uint64_t n_started, n_ok, n_wire, n_reads;
static uint64_t e_connect, e_status, e_early, e_short, e_timeout, n_reconnect;
static int last_bad_status;
static samples s_first, s_first_due, s_total, s_total_due, s_head;

static void try_send(conn *c);
static void next_request(conn *c);

static void arm(conn *c, int out) {
  struct epoll_event e = {.events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}
static void drop(conn *c) {
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
}
static void finish_conn(conn *c) {
  if (c->st == C_DONE) return;
  drop(c);
  c->st = C_DONE;
  live--;
}
static int connect_now(conn *c) {
  drop(c);
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c->fd < 0) return -1;
  int one = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  c->fresh = 1;
  c->head_len = 0;
  if (connect(c->fd, (struct sockaddr *)&addr, sizeof addr) && errno != EINPROGRESS) { drop(c); return -1; }
  struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
  c->st = C_CONNECT;
  c->out_off = 0;
  return 0;
}
static void begin(conn *c) {  // the connection is up: send the request
  c->st = C_SEND;
  c->out_off = 0;
  c->head_len = 0;
  c->first = c->last = 0;
  c->stamps = 0;
  c->scan = 0;
  c->answered = 0;
  c->close_after = 0;
  c->sent = now_ns();
  if (!t_first_send) t_first_send = c->sent;
  n_started++;
  try_send(c);
}
static void fail(conn *c, uint64_t *counter) {
  (*counter)++;
  drop(c);
  c->done++;
  if (++c->fails > 20) { finish_conn(c); return; }
  next_request(c);
}
static void wait_due(conn *c) {
  c->st = C_WAIT;
  if (c->fd >= 0) arm(c, 0);
}
static void next_request(conn *c) {
  if (c->done >= requests || (t_stop && now_ns() >= t_stop)) { finish_conn(c); return; }
  uint64_t n = now_ns();
  if (interval_us) c->due = (c->done ? c->due + interval_us * 1000 : c->due);
  else c->due = n;
  if (c->due > n) { wait_due(c); return; }
  if (c->fd < 0) { if (connect_now(c)) fail(c, &e_connect); return; }
  begin(c);
}
static void response_done(conn *c) {
  uint64_t n = now_ns();
  t_last = n;
  int bad = 0;
  if (!ws && c->status != 200) { e_status++; last_bad_status = c->status; bad = 1; }
  else if (expect_n && c->stamps != (uint32_t)expect_n) { e_short++; bad = 1; }
  if (!bad) {
    n_ok++;
    if (c->done >= warm) {
      if (c->first) { sample_ns(&s_first, (int64_t)(c->first - c->sent)); sample_ns(&s_first_due, (int64_t)(c->first - c->due)); }
      sample_ns(&s_total, (int64_t)(n - c->sent));
      sample_ns(&s_total_due, (int64_t)(n - c->due));
    }
  }
  c->done++;
  c->fresh = 0;
  if (c->close_after) drop(c);
  next_request(c);
}
static void lost(conn *c) {  // the peer closed or reset
  if (c->st == C_CONNECT || c->st == C_HANDSHAKE) { fail(c, &e_connect); return; }
  if (c->st == C_WAIT) { drop(c); n_reconnect++; return; }
  if (c->st == C_BODY && c->body_kind == B_CLOSE) { c->close_after = 1; response_done(c); return; }
  // A kept connection that the proxy closed just as it was used again: one more try.
  if (!c->fresh && !c->answered && !ws) {
    n_reconnect++;
    n_started--;
    if (connect_now(c)) fail(c, &e_connect);
    return;
  }
  fail(c, &e_early);
}

static void try_send(conn *c) {
  while (c->out_off < req_len) {
    ssize_t w = send(c->fd, req + c->out_off, req_len - c->out_off, MSG_NOSIGNAL);
    if (w > 0) { c->out_off += (size_t)w; continue; }
    if (w < 0 && errno == EAGAIN) { arm(c, 1); return; }
    if (w < 0 && errno == EINTR) continue;
    lost(c);
    return;
  }
  arm(c, 0);
  c->st = ws ? C_BODY : C_HEAD;
}

static char rbuf[1 << 18];
static void on_read(conn *c) {
  for (int k = 0; k < 4; k++) {
    if (c->fd < 0 || c->st == C_DONE) return;
    ssize_t r = recv(c->fd, rbuf, sizeof rbuf, 0);
    uint64_t t = now_ns();
    if (r == 0) { lost(c); return; }
    if (r < 0) { if (errno == EAGAIN || errno == EINTR) return; lost(c); return; }
    n_reads++;
    n_wire += (uint64_t)r;
    const char *p = rbuf;
    size_t n = (size_t)r;
    while (n) {
      size_t used = 0;
      if (c->st == C_HANDSHAKE) {
        int h = take_head(c, p, n, &used);
        p += used; n -= used;
        if (h < 0) { fail(c, &e_connect); return; }
        if (h == 0) continue;
        if (c->status != 101) { last_bad_status = c->status; e_status++; fail(c, &e_connect); return; }
        c->ws_in = c->ws_hn = 0;
        if (!interval_us && !ramp_ms) c->due = now_ns();
        begin(c);
      } else if (c->st == C_HEAD || (c->st == C_SEND && !ws)) {
        c->answered = 1;
        int h = take_head(c, p, n, &used);
        p += used; n -= used;
        if (h < 0) { fail(c, &e_early); return; }
        if (h != 1) continue;
        if (c->done >= warm) sample_ns(&s_head, (int64_t)(t - c->sent));
        c->st = C_BODY;
        if (c->body_kind == B_LEN && c->left == 0) { response_done(c); return; }
      } else if (c->st == C_BODY && ws) {
        c->answered = 1;
        int e = take_frames(c, p, n, t, &used);
        p += used; n -= used;
        if (e < 0) { lost(c); return; }
        if (e) { response_done(c); if (c->st == C_DONE) return; }
      } else if (c->st == C_BODY) {
        int e = take_body(c, p, n, t, &used);
        p += used; n -= used;
        if (e) { response_done(c); return; }
      } else break;  // unasked bytes on an idle connection
    }
    if ((size_t)r < sizeof rbuf) return;
  }
}

static void build_request(void) {
  char *body = NULL;
  size_t bl = 0;
  if (body_file) {
    FILE *f = fopen(body_file, "rb");
    if (!f) die("cannot read %s", body_file);
    struct stat sb;
    fstat(fileno(f), &sb);
    bl = (size_t)sb.st_size;
    body = malloc(bl + 1);
    if (fread(body, 1, bl, f) != bl) die("short read of %s", body_file);
    fclose(f);
  }
  req = malloc(bl + sizeof extra + 4096);
  if (!ws) {
    int n = sprintf(req, "%s %s HTTP/1.1\r\nhost: %s:%d\r\nuser-agent: codex_cli_rs/0.0.0 (bench)\r\naccept: %s\r\n%s", method, path, host, port,
                    body ? "text/event-stream" : "*/*", extra);
    if (body) n += sprintf(req + n, "content-type: application/json\r\ncontent-length: %zu\r\n", bl);
    n += sprintf(req + n, "\r\n");
    if (body) memcpy(req + n, body, bl);
    req_len = (size_t)n + bl;
  } else {
    hs_len = (size_t)snprintf(hs, sizeof hs,
                              "GET %s HTTP/1.1\r\nhost: %s:%d\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
                              "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nopenai-beta: responses_websockets=2026-02-06\r\n%s\r\n",
                              path, host, port, extra);
    static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    size_t k = 0;
    req[k++] = (char)0x81;
    if (bl < 126) req[k++] = (char)(0x80 | bl);
    else if (bl < 65536) { req[k++] = (char)(0x80 | 126); req[k++] = (char)(bl >> 8); req[k++] = (char)bl; }
    else { req[k++] = (char)(0x80 | 127); for (int i = 7; i >= 0; i--) req[k++] = (char)(bl >> (8 * i)); }
    memcpy(req + k, mask, 4);
    k += 4;
    for (size_t i = 0; i < bl; i++) req[k + i] = body[i] ^ (char)mask[i & 3];
    req_len = k + bl;
  }
  free(body);
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (i + 1 >= argc) die("%s needs a value", argv[i]);
    const char *o = argv[i], *v = argv[++i];
    if (!strcmp(o, "--port")) port = atoi(v);
    else if (!strcmp(o, "--host")) host = v;
    else if (!strcmp(o, "--path")) path = v;
    else if (!strcmp(o, "--method")) method = v;
    else if (!strcmp(o, "--body-file")) body_file = v;
    else if (!strcmp(o, "--proto")) proto = v;
    else if (!strcmp(o, "--conns")) conns = atoi(v);
    else if (!strcmp(o, "--requests")) requests = (uint32_t)strtoul(v, NULL, 10);
    else if (!strcmp(o, "--duration-ms")) duration_ms = strtoull(v, NULL, 10);
    else if (!strcmp(o, "--interval-us")) interval_us = strtoull(v, NULL, 10);
    else if (!strcmp(o, "--ramp-ms")) ramp_ms = strtoull(v, NULL, 10);
    else if (!strcmp(o, "--expect")) expect_n = atoi(v);
    else if (!strcmp(o, "--timeout-ms")) timeout_ms = strtoull(v, NULL, 10);
    else if (!strcmp(o, "--warm")) warm = (uint32_t)strtoul(v, NULL, 10);
    else if (!strcmp(o, "--header")) { strncat(extra, v, sizeof extra - strlen(extra) - 3); strcat(extra, "\r\n"); }
    else die("unknown option %s", o);
  }
  ws = !strcmp(proto, "ws");
  // Loopback only, on purpose.
  addr.sin_family = AF_INET;
  addr.sin_port = htons((uint16_t)port);
  if (inet_pton(AF_INET, host, &addr.sin_addr) != 1 || (ntohl(addr.sin_addr.s_addr) >> 24) != 127) die("--host must be a 127.x.x.x address");
  if (conns < 1 || conns > 5000) die("--conns must be 1..5000");
  if (timeout_ms > 600000) die("--timeout-ms is too long");
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1000);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  raise_nofile();
  build_request();
  ep = epoll_create1(EPOLL_CLOEXEC);
  cs = calloc((size_t)conns, sizeof *cs);
  live = conns;
  t_start = now_ns();
  t_dead = t_start + timeout_ms * 1000000ull;
  if (duration_ms) t_stop = t_start + duration_ms * 1000000ull;
  for (int i = 0; i < conns; i++) {
    conn *c = &cs[i];
    c->fd = -1;
    c->due = t_start + (conns > 1 ? ramp_ms * 1000000ull * (uint64_t)i / (uint64_t)conns : 0);
    c->st = C_WAIT;
  }
  struct epoll_event evs[512];
  int ramped = 0;  // connections before this index have been started
  while (live > 0) {
    uint64_t n = now_ns();
    if (n >= t_dead) break;
    // Due requests: first the ramp, then paced connections.
    uint64_t wake = t_dead;
    while (ramped < conns && cs[ramped].due <= n) { conn *c = &cs[ramped++]; if (connect_now(c)) fail(c, &e_connect); }
    if (ramped < conns && cs[ramped].due < wake) wake = cs[ramped].due;
    if (interval_us)
      for (int i = 0; i < ramped; i++) {
        conn *c = &cs[i];
        if (c->st != C_WAIT) continue;
        if (c->due <= n) {
          if (c->fd < 0) { if (connect_now(c)) fail(c, &e_connect); }
          else begin(c);
        } else if (c->due < wake) wake = c->due;
      }
    int k = wait_until(ep, evs, 512, wake);
    for (int i = 0; i < k; i++) {
      conn *c = evs[i].data.ptr;
      if (c->fd < 0 || c->st == C_DONE) continue;
      if (c->st == C_CONNECT && evs[i].events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
        int err = 0;
        socklen_t l = sizeof err;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &l);
        if (err) { fail(c, &e_connect); continue; }
        if (ws) {
          if (send(c->fd, hs, hs_len, MSG_NOSIGNAL) != (ssize_t)hs_len) { fail(c, &e_connect); continue; }
          c->st = C_HANDSHAKE;
          c->head_len = 0;
          arm(c, 0);
        } else {
          if (!interval_us && !ramp_ms) c->due = now_ns();
          begin(c);
        }
        continue;
      }
      if (evs[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) on_read(c);
      if (c->fd >= 0 && c->st == C_SEND && evs[i].events & EPOLLOUT) try_send(c);
    }
  }
  for (int i = 0; i < conns; i++)
    if (cs[i].st != C_DONE) {
      e_timeout++;
      // What has arrived so far still counts as events; the response does not.
      drop(&cs[i]);
    }
  struct rusage ru;
  getrusage(RUSAGE_SELF, &ru);
  double wall = (double)((t_last ? t_last : now_ns()) - (t_first_send ? t_first_send : t_start)) / 1e6;
  double evspan = t_last_ev > t_first_ev ? (double)(t_last_ev - t_first_ev) / 1e9 : 0;
  printf("{\"started\":%llu,\"ok\":%llu,\"errors\":{\"connect\":%llu,\"status\":%llu,\"early\":%llu,\"short\":%llu,\"timeout\":%llu},\"reconnects\":%llu,",
         (unsigned long long)n_started, (unsigned long long)n_ok, (unsigned long long)e_connect, (unsigned long long)e_status, (unsigned long long)e_early,
         (unsigned long long)e_short, (unsigned long long)e_timeout, (unsigned long long)n_reconnect);
  printf("\"bad_status\":%d,\"wall_ms\":%.2f,\"events\":%llu,\"body_bytes\":%llu,\"wire_bytes\":%llu,\"reads\":%llu,\"events_per_s\":%.1f,\"rps\":%.1f,\"mb_per_s\":%.2f,\"cpu_ms\":%.1f,",
         last_bad_status, wall, (unsigned long long)n_stamps, (unsigned long long)n_body, (unsigned long long)n_wire, (unsigned long long)n_reads,
         evspan > 0 ? (double)n_stamps / evspan : 0, wall > 0 ? (double)n_ok * 1000 / wall : 0, wall > 0 ? (double)n_wire / 1000 / wall : 0,
         (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1e3 + (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e3);
  print_samples(stdout, "head_us", &s_head); putchar(',');
  print_samples(stdout, "first_us", &s_first); putchar(',');
  print_samples(stdout, "first_due_us", &s_first_due); putchar(',');
  print_samples(stdout, "total_us", &s_total); putchar(',');
  print_samples(stdout, "total_due_us", &s_total_due); putchar(',');
  print_samples(stdout, "delay_us", &s_delay);
  printf("}\n");
  if (bad_body_n) { bad_body[bad_body_n] = 0; fprintf(stderr, "HTTP %d: %s\n", last_bad_status, bad_body); }
  return 0;
}
