/** impit's errors turned into ours. Its classes are told apart by name, since it is loaded late. */
import { CodexPlusError, type ErrorCode } from "../../errors.ts";

/** The class of the error, a mark in its message, and what it means; the first row that fits counts. */
const MEANINGS: readonly (readonly [RegExp, RegExp, ErrorCode, string])[] = [
  [/^Proxy/, /(?:)/, "CP_PROXY_REFUSED", "the proxy refused the tunnel"],
  [/Timeout$/, /(?:)/, "CP_UPSTREAM_TIMEOUT", "the host did not answer"],
  [/^ConnectError$/, /dns error/, "CP_UPSTREAM_DNS", "the name could not be found"],
  [/^ConnectError$/, /ConnectionRefused/, "CP_UPSTREAM_UNREACHABLE", "the connection was refused"],
  [/^ConnectError$/, /certificate/i, "CP_UPSTREAM_TLS", "its certificate is not trusted"],
  [/^ConnectError$/, /InvalidMessage|AlertReceived|PeerIncompatible/, "CP_UPSTREAM_TLS", "the TLS handshake failed"],
  [/^ConnectError$/, /(?:)/, "CP_UPSTREAM_UNREACHABLE", "the connection could not be made"],
  [/(?:)/, /(?:)/, "CP_UPSTREAM_CUT", "the connection ended before the response did"],
];

export function chromeError(origin: URL, cause: unknown): CodexPlusError {
  if (cause instanceof CodexPlusError) return cause;
  const [name, message] = cause instanceof Error ? [cause.constructor.name, cause.message] : ["", String(cause)];
  const row = MEANINGS.find(([kind, mark]) => kind.test(name) && mark.test(message));
  const [, , code, words] = row ?? [undefined, undefined, "CP_INTERNAL" as const, message];
  return new CodexPlusError(code, `${origin.origin}: ${words}`, { cause });
}
