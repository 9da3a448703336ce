// What the load generator reads: response heads, bodies, WebSocket frames, and the stamps in them.
#ifndef BENCH_LOAD_RESPONSE_H
#define BENCH_LOAD_RESPONSE_H
#include "common.h"

enum { C_IDLE, C_CONNECT, C_HANDSHAKE, C_WAIT, C_SEND, C_HEAD, C_BODY, C_DONE };
enum { B_NONE, B_LEN, B_CHUNKED, B_CLOSE };

typedef struct {
  int fd, st, body_kind, status, close_after, fresh, fails;
  uint32_t done;
  uint64_t due, sent, first, last;
  size_t out_off;
  char head[16384];
  size_t head_len;
  uint64_t left;
  int ck, ck_ext, ck_line;
  int scan;  // characters of a stamp seen so far
  uint64_t stamp;
  uint32_t stamps;
  int answered;
  // WebSocket frames from the server
  int ws_in, ws_op;
  uint64_t ws_left;
  unsigned char ws_h[14];
  int ws_hn;
  char ws_head[96];
  int ws_headn;
} conn;

static uint32_t warm;
static int ws;
static uint64_t t_first_ev, t_last_ev, n_stamps, n_body;
static char bad_body[400];
static size_t bad_body_n;
static samples s_delay;

static void got_stamp(conn *c, uint64_t t) {
  if (!c->first) { c->first = t; if (!t_first_ev) t_first_ev = t; }
  t_last_ev = t;
  c->stamps++;
  n_stamps++;
  if (c->done >= warm) sample_ns(&s_delay, (int64_t)(t - c->stamp));
}
// Finds stamps in body bytes; the state lives over read borders.
static void scan(conn *c, const char *p, size_t n, uint64_t t) {
  const char *end = p + n;
  n_body += n;
  if (c->status != 200 && !ws && bad_body_n < sizeof bad_body - 1) {
    size_t k = sizeof bad_body - 1 - bad_body_n;
    if (k > n) k = n;
    memcpy(bad_body + bad_body_n, p, k);
    bad_body_n += k;
  }
  while (p < end) {
    if (c->scan == 0) {
      p = memchr(p, '@', (size_t)(end - p));
      if (!p) return;
      p++;
      c->scan = 1;
      continue;
    }
    char ch = *p++;
    if (c->scan == 1) {
      if (ch == 'T') { c->scan = 2; c->stamp = 0; }
      else c->scan = ch == '@';
    } else if (c->scan < 2 + STAMP_DIGITS) {
      if (ch >= '0' && ch <= '9') { c->stamp = c->stamp * 10 + (uint64_t)(ch - '0'); c->scan++; }
      else c->scan = ch == '@';
    } else {
      if (ch == '@') got_stamp(c, t);
      c->scan = 0;
    }
  }
}

// 1: head complete (`used` bytes of p belong to it), 0: need more, -1: bad
static int take_head(conn *c, const char *p, size_t n, size_t *used) {
  size_t old = c->head_len, room = sizeof c->head - 1 - old, k = n < room ? n : room;
  memcpy(c->head + old, p, k);
  c->head_len += k;
  char *end = memmem(c->head, c->head_len, "\r\n\r\n", 4);
  if (!end) { *used = k; return c->head_len == sizeof c->head - 1 ? -1 : 0; }
  size_t head = (size_t)(end - c->head) + 4;
  *used = head - old;
  c->head[head - 1] = 0;
  if (strncmp(c->head, "HTTP/1.", 7)) return -1;
  c->status = atoi(c->head + 9);
  c->head_len = 0;
  if (c->status >= 100 && c->status < 200 && c->status != 101) return 2;
  c->body_kind = B_CLOSE;
  c->close_after = !strncmp(c->head, "HTTP/1.0", 8);
  c->left = 0;
  for (char *l = strstr(c->head, "\r\n"); l; l = strstr(l, "\r\n")) {
    l += 2;
    if (!strncasecmp(l, "content-length:", 15)) { if (c->body_kind != B_CHUNKED) { c->body_kind = B_LEN; c->left = strtoull(l + 15, NULL, 10); } }
    else if (!strncasecmp(l, "transfer-encoding:", 18)) { if (strcasestr(l, "chunked")) { c->body_kind = B_CHUNKED; c->ck = 0; c->ck_ext = 0; c->ck_line = 0; } }
    else if (!strncasecmp(l, "connection:", 11)) { if (!strncasecmp(l + 11, " close", 6)) c->close_after = 1; else if (!strncasecmp(l + 11, " keep-alive", 11)) c->close_after = 0; }
  }
  if (c->status == 204 || c->status == 304) { c->body_kind = B_LEN; c->left = 0; }
  if (c->body_kind == B_CLOSE) c->close_after = 1;
  return 1;
}

// Returns 1 at the end of the body; `used` tells how much of p belongs to it.
static int take_body(conn *c, const char *p, size_t n, uint64_t t, size_t *used) {
  size_t i = 0;
  if (c->body_kind == B_CLOSE) { scan(c, p, n, t); *used = n; return 0; }
  if (c->body_kind == B_LEN) {
    size_t k = n < c->left ? n : (size_t)c->left;
    scan(c, p, k, t);
    c->left -= k;
    *used = k;
    return c->left == 0;
  }
  while (i < n) {
    if (c->ck == 1) {
      size_t k = n - i < c->left ? n - i : (size_t)c->left;
      scan(c, p + i, k, t);
      i += k;
      c->left -= k;
      if (!c->left) c->ck = 2;
      continue;
    }
    char ch = p[i++];
    if (c->ck == 0) {
      if (ch == '\n') { c->ck = c->left ? 1 : 3; c->ck_ext = 0; c->ck_line = 0; }
      else if (!c->ck_ext && isxdigit((unsigned char)ch)) c->left = c->left * 16 + (uint64_t)(isdigit((unsigned char)ch) ? ch - '0' : (ch | 32) - 'a' + 10);
      else c->ck_ext = 1;
    } else if (c->ck == 2) {
      if (ch == '\n') { c->ck = 0; c->left = 0; c->ck_ext = 0; }
    } else {
      if (ch == '\n') { if (!c->ck_line) { *used = i; return 1; } c->ck_line = 0; }
      else if (ch != '\r') c->ck_line = 1;
    }
  }
  *used = i;
  return 0;
}

// WebSocket frames of the server; 1 when the turn is complete, -1 on close.
static int take_frames(conn *c, const char *p, size_t n, uint64_t t, size_t *used) {
  size_t i = 0;
  while (i < n) {
    if (!c->ws_in) {
      c->ws_h[c->ws_hn++] = (unsigned char)p[i++];
      int need = 2;
      if (c->ws_hn >= 2) { int l = c->ws_h[1] & 127; need = l == 126 ? 4 : l == 127 ? 10 : 2; }
      if (c->ws_hn < need) continue;
      uint64_t len = c->ws_h[1] & 127;
      if (len == 126) len = (uint64_t)c->ws_h[2] << 8 | c->ws_h[3];
      else if (len == 127) { len = 0; for (int k = 0; k < 8; k++) len = len << 8 | c->ws_h[2 + k]; }
      c->ws_op = c->ws_h[0] & 15;
      c->ws_left = len;
      c->ws_in = 1;
      c->ws_hn = 0;
      if (c->ws_op == 1 || c->ws_op == 2) { c->ws_headn = 0; c->scan = 0; }
      if (len) continue;
    }
    size_t k = n - i < c->ws_left ? n - i : (size_t)c->ws_left;
    if (c->ws_op < 8) {
      for (size_t j = 0; j < k && c->ws_headn < (int)sizeof c->ws_head; j++) c->ws_head[c->ws_headn++] = p[i + j];
      scan(c, p + i, k, t);
    }
    i += k;
    c->ws_left -= k;
    if (c->ws_left) break;
    c->ws_in = 0;
    if (c->ws_op == 8) { *used = i; return -1; }
    if (c->ws_op < 8 && memmem(c->ws_head, (size_t)c->ws_headn, "response.completed", 18)) { *used = i; return 1; }
  }
  *used = i;
  return 0;
}

#endif
