// The mock upstream's connections: when each is due, and what it still has to write.
#ifndef BENCH_UPSTREAM_CONNECTION_H
#define BENCH_UPSTREAM_CONNECTION_H
#include "common.h"

enum { K_SSE, K_WS, K_COUNT };
enum { S_HEAD, S_BODY_LEN, S_BODY_CHUNKED, S_STREAM, S_WS };

typedef struct {
  uint32_t n, gap_us, bytes, batch;
} params;

// One delta, ready to copy: only the stamp and the sequence number change.
typedef struct {
  char *buf;
  size_t len, stamp_at, seq_at;
  uint32_t bytes;
} tmpl;

typedef struct conn {
  int fd, state, kind, keepalive, chunked, close_after, dead, writing;
  char *in;
  size_t in_len, in_cap;
  char *out;
  size_t out_off, out_len, out_cap;
  // request
  uint64_t body_left, body_seen;
  int ck_state;  // chunk decoder: 0 size line, 1 data, 2 CRLF after data, 3 trailers
  uint64_t ck_left;
  int ck_line;
  char path[512];
  int is_get, upgrade;
  char ws_key[64];
  params p;
  // stream
  int streaming;
  uint32_t i;
  uint64_t t0, due;
  int all_at;
  int heap_at;    // -1: not in the heap
  int active_at;  // -1: not in the list of gap-0 streams
  // WebSocket frame parser
  int ws_in_payload;
  uint64_t ws_left;
  unsigned char ws_mask[4];
  uint64_t ws_pos;
  char ws_head[64];
  int ws_head_len, ws_fin, ws_opcode;
  char ctl[128];
  int ctl_len;
} conn;

static params defaults = {20, 0, 16, 1};
static tmpl T[K_COUNT];
static int ep;
static conn **heap;
static int heap_n, heap_cap;
static conn **active;
static int active_n, active_cap;
static conn **all;
static int all_n, all_cap;
static conn **grave;
static int grave_n, grave_cap;
static uint64_t st_events, st_requests, st_body_bytes, st_aborted;
static samples st_late;

// ---- heap of paced streams by due time
static void heap_set(int i, conn *c) { heap[i] = c; c->heap_at = i; }
static void heap_up(int i) {
  conn *c = heap[i];
  while (i > 0 && heap[(i - 1) / 2]->due > c->due) { heap_set(i, heap[(i - 1) / 2]); i = (i - 1) / 2; }
  heap_set(i, c);
}
static void heap_down(int i) {
  conn *c = heap[i];
  for (;;) {
    int k = 2 * i + 1;
    if (k >= heap_n) break;
    if (k + 1 < heap_n && heap[k + 1]->due < heap[k]->due) k++;
    if (heap[k]->due >= c->due) break;
    heap_set(i, heap[k]);
    i = k;
  }
  heap_set(i, c);
}
static void heap_push(conn *c) {
  if (heap_n == heap_cap) heap = realloc(heap, sizeof *heap * (size_t)(heap_cap = heap_cap ? heap_cap * 2 : 256));
  heap[heap_n] = c;
  heap_up(heap_n++);
}
static void heap_del(conn *c) {
  int i = c->heap_at;
  if (i < 0) return;
  c->heap_at = -1;
  conn *last = heap[--heap_n];
  if (last == c) return;
  heap_set(i, last);
  heap_up(i);
  heap_down(last->heap_at);
}
static void active_add(conn *c) {
  if (c->active_at >= 0) return;
  if (active_n == active_cap) active = realloc(active, sizeof *active * (size_t)(active_cap = active_cap ? active_cap * 2 : 256));
  c->active_at = active_n;
  active[active_n++] = c;
}
static void active_del(conn *c) {
  int i = c->active_at;
  if (i < 0) return;
  c->active_at = -1;
  conn *last = active[--active_n];
  if (last != c) { active[i] = last; last->active_at = i; }
}

// ---- output
static void out_room(conn *c, size_t n) {
  if (c->out_off && c->out_off == c->out_len) c->out_off = c->out_len = 0;
  if (c->out_len + n <= c->out_cap) return;
  if (c->out_off) {
    memmove(c->out, c->out + c->out_off, c->out_len - c->out_off);
    c->out_len -= c->out_off;
    c->out_off = 0;
    if (c->out_len + n <= c->out_cap) return;
  }
  while (c->out_len + n > c->out_cap) c->out_cap = c->out_cap ? c->out_cap * 2 : 4096;
  c->out = realloc(c->out, c->out_cap);
  if (!c->out) die("out of memory");
}
static void put(conn *c, const char *p, size_t n) {
  out_room(c, n);
  memcpy(c->out + c->out_len, p, n);
  c->out_len += n;
}
static void kill_conn(conn *c) {
  if (c->dead) return;
  c->dead = 1;
  if (c->streaming) st_aborted++;
  heap_del(c);
  active_del(c);
  close(c->fd);
  all[c->all_at] = all[--all_n];
  all[c->all_at]->all_at = c->all_at;
  if (grave_n == grave_cap) grave = realloc(grave, sizeof *grave * (size_t)(grave_cap = grave_cap ? grave_cap * 2 : 64));
  grave[grave_n++] = c;
}
static void arm(conn *c, int writing) {
  if (c->writing == writing) return;
  c->writing = writing;
  struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP | (writing ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}
static void flush(conn *c) {
  while (!c->dead && c->out_off < c->out_len) {
    ssize_t w = send(c->fd, c->out + c->out_off, c->out_len - c->out_off, MSG_NOSIGNAL);
    if (w > 0) { c->out_off += (size_t)w; continue; }
    if (w < 0 && errno == EAGAIN) { arm(c, 1); return; }
    if (w < 0 && errno == EINTR) continue;
    kill_conn(c);
    return;
  }
  if (c->dead) return;
  c->out_off = c->out_len = 0;
  arm(c, 0);
  if (c->close_after && !c->streaming) kill_conn(c);
}

#endif
