// The answer to a WebSocket key (RFC 6455 4.2.2): SHA-1 and base64.
#ifndef BENCH_UPSTREAM_HANDSHAKE_H
#define BENCH_UPSTREAM_HANDSHAKE_H
#include "common.h"

static void sha1(const unsigned char *msg, size_t len, unsigned char out[20]) {
  uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  unsigned char buf[256] = {0};
  size_t total = ((len + 8) / 64 + 1) * 64;
  memcpy(buf, msg, len);
  buf[len] = 0x80;
  for (int i = 0; i < 8; i++) buf[total - 1 - (size_t)i] = (unsigned char)((uint64_t)len * 8 >> (8 * i));
  for (size_t off = 0; off < total; off += 64) {
    uint32_t w[80];
    for (int i = 0; i < 16; i++)
      w[i] = (uint32_t)buf[off + 4 * i] << 24 | (uint32_t)buf[off + 4 * i + 1] << 16 | (uint32_t)buf[off + 4 * i + 2] << 8 | buf[off + 4 * i + 3];
#define ROL(x, n) ((x) << (n) | (x) >> (32 - (n)))
    for (int i = 16; i < 80; i++) w[i] = ROL(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    uint32_t a = h[0], b = h[1], cc = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 80; i++) {
      uint32_t f, k;
      if (i < 20) f = (b & cc) | (~b & d), k = 0x5A827999;
      else if (i < 40) f = b ^ cc ^ d, k = 0x6ED9EBA1;
      else if (i < 60) f = (b & cc) | (b & d) | (cc & d), k = 0x8F1BBCDC;
      else f = b ^ cc ^ d, k = 0xCA62C1D6;
      uint32_t t = ROL(a, 5) + f + e + k + w[i];
      e = d; d = cc; cc = ROL(b, 30); b = a; a = t;
    }
#undef ROL
    h[0] += a; h[1] += b; h[2] += cc; h[3] += d; h[4] += e;
  }
  for (int i = 0; i < 20; i++) out[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
}
static void ws_accept(const char *key, char out[32]) {
  char in[128];
  unsigned char d[21] = {0};
  int n = snprintf(in, sizeof in, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  sha1((unsigned char *)in, (size_t)n, d);
  static const char A[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  int k = 0;
  for (int i = 0; i < 21; i += 3) {
    uint32_t v = (uint32_t)d[i] << 16 | (uint32_t)d[i + 1] << 8 | d[i + 2];
    for (int j = 18; j >= 0; j -= 6) out[k++] = A[v >> j & 63];
  }
  out[27] = '=';
  out[28] = 0;
}

#endif
