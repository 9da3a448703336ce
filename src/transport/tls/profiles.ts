/**
 * TLS profiles: what a client's hello looks like, as data for Node's TLS (Node 24, OpenSSL 3.5).
 * Each was measured on the real client; `ja4` is what it showed there and what a hello made from `options` shows.
 * A new Codex release may change its hello: test/tls compares these with the installed one.
 */
import { constants } from "node:crypto";
import type { ConnectionOptions } from "node:tls";

export interface TlsProfile {
  readonly name: string;
  /** The client and version this was taken from. */
  readonly source: string;
  /** Fingerprint of the hello (https://github.com/FoxIO-LLC/ja4), for a host given by name; absent where none is promised. */
  readonly ja4?: string;
  readonly options: Pick<
    ConnectionOptions,
    "ciphers" | "sigalgs" | "ecdhCurve" | "minVersion" | "secureOptions" | "requestOCSP" | "ALPNProtocols"
  >;
}

/** Node's own handshake. */
export const NATIVE: TlsProfile = { name: "native", source: `node ${process.versions.node}`, options: {} };

/** Codex's HTTP requests on an everyday Linux: reqwest over the system's OpenSSL, HTTP/1.1 without ALPN. */
export const CODEX_HTTP: TlsProfile = {
  name: "codex-http",
  source: "codex 0.169.0",
  ja4: "t13d301100_1d37bd780c83_8e6e362c5eac",
  options: {
    ciphers: "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:DEFAULT",
    ecdhCurve: "auto",
    minVersion: "TLSv1.2",
  },
};

/** OpenSSL's SSL_OP_NO_ENCRYPT_THEN_MAC, which Node has no name for. */
const NO_ENCRYPT_THEN_MAC = 0x80000;

const RUSTLS: TlsProfile["options"] = {
  ciphers: [
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-CHACHA20-POLY1305",
    // Lets the next two lines work; the weak certificates it would let in are refused in identity.ts.
    "@SECLEVEL=0",
  ].join(":"),
  // rustls sends the renegotiation signal as a cipher suite; OpenSSL does so only while a version below 1.2 is allowed
  // in principle. The options switch those versions off again: nothing below TLS 1.2 is ever offered or accepted.
  minVersion: "TLSv1",
  secureOptions:
    constants.SSL_OP_NO_TLSv1 | constants.SSL_OP_NO_TLSv1_1 | constants.SSL_OP_NO_RENEGOTIATION | NO_ENCRYPT_THEN_MAC,
  sigalgs: [
    "ecdsa_secp384r1_sha384",
    "ecdsa_secp256r1_sha256",
    "ecdsa_secp521r1_sha512",
    "ed25519",
    "rsa_pss_rsae_sha512",
    "rsa_pss_rsae_sha384",
    "rsa_pss_rsae_sha256",
    "rsa_pkcs1_sha512",
    "rsa_pkcs1_sha384",
    "rsa_pkcs1_sha256",
    "mldsa44",
    "mldsa65",
    "mldsa87",
  ].join(":"),
  ecdhCurve: "*X25519MLKEM768:*X25519:P-256:P-384",
  requestOCSP: true,
};

/** Codex's WebSocket: tungstenite over rustls, HTTP/1.1 without ALPN. */
export const CODEX_WEBSOCKET: TlsProfile = {
  name: "codex-websocket",
  source: "codex 0.169.0",
  ja4: "t13d101000_61a7ad8aa9b6_0d308c48d2a3",
  options: RUSTLS,
};

/**
 * Codex's HTTP requests when CODEX_CA_CERTIFICATE or SSL_CERT_FILE is set: reqwest over rustls, HTTP/2. No transport shows
 * this one. It would need HTTP/2, and behind a proxy that intercepts TLS, which is what such a file is for, the upstream
 * does not get to see our hello anyway. It stands here so that the test with the real Codex notices when it changes.
 */
export const CODEX_CUSTOM_CA: TlsProfile = {
  name: "codex-custom-ca",
  source: "codex 0.169.0",
  ja4: "t13d1011h2_61a7ad8aa9b6_0d308c48d2a3",
  options: { ...RUSTLS, ALPNProtocols: ["h2", "http/1.1"] },
};
