/** Why a connection could not be made: Node's error codes turned into ours, with the reason in words. */
import { CodexPlusError, type ErrorCode } from "../errors.ts";

const UNTRUSTED = "its certificate is not signed by an authority trusted here";
const NOT_TLS = "the server does not speak TLS on this port";

const REASONS: ReadonlyMap<string, readonly [ErrorCode, string]> = new Map([
  ["ENOTFOUND", ["CP_UPSTREAM_DNS", "the name could not be found"]],
  ["EAI_AGAIN", ["CP_UPSTREAM_DNS", "the name server did not answer"]],
  ["ENODATA", ["CP_UPSTREAM_DNS", "the name has no address"]],
  ["ECONNREFUSED", ["CP_UPSTREAM_UNREACHABLE", "the connection was refused"]],
  ["EHOSTUNREACH", ["CP_UPSTREAM_UNREACHABLE", "there is no route to the host"]],
  ["ENETUNREACH", ["CP_UPSTREAM_UNREACHABLE", "the network cannot be reached"]],
  ["ECONNRESET", ["CP_UPSTREAM_UNREACHABLE", "the connection was closed while it was being set up"]],
  ["EPIPE", ["CP_UPSTREAM_UNREACHABLE", "the connection was closed while it was being set up"]],
  ["ETIMEDOUT", ["CP_UPSTREAM_TIMEOUT", "the host did not answer"]],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", ["CP_UPSTREAM_TLS", "its certificate is self-signed"]],
  ["SELF_SIGNED_CERT_IN_CHAIN", ["CP_UPSTREAM_TLS", UNTRUSTED]],
  ["UNABLE_TO_GET_ISSUER_CERT", ["CP_UPSTREAM_TLS", UNTRUSTED]],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", ["CP_UPSTREAM_TLS", UNTRUSTED]],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", ["CP_UPSTREAM_TLS", UNTRUSTED]],
  ["CERT_HAS_EXPIRED", ["CP_UPSTREAM_TLS", "its certificate has expired"]],
  ["CERT_NOT_YET_VALID", ["CP_UPSTREAM_TLS", "its certificate is not valid yet: check this computer's clock"]],
  ["ERR_TLS_CERT_ALTNAME_INVALID", ["CP_UPSTREAM_TLS", "its certificate is for another name"]],
  ["ERR_SSL_WRONG_VERSION_NUMBER", ["CP_UPSTREAM_TLS", NOT_TLS]],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", ["CP_UPSTREAM_TLS", NOT_TLS]],
]);

/**
 * @param peer who was being connected to, as a person would say it: an origin, or "the proxy http://…"
 * @param otherwise the code for a cause that the table does not know
 */
export function connectError(peer: string, cause: unknown, otherwise: ErrorCode): CodexPlusError {
  if (cause instanceof CodexPlusError) return cause;
  const known = REASONS.get(codeOf(cause));
  if (known !== undefined) return new CodexPlusError(known[0], `${peer}: ${known[1]}`, { cause });
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CodexPlusError(otherwise, `${peer}: ${reason}`, { cause });
}

/** With several addresses tried, Node gathers their errors and carries the code of the first. */
function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
}
