/** Cloudflare's bot challenge, as a client that is no browser gets to see it. */
import type { RawHeaders } from "../../contracts.ts";

/**
 * Whether a response is the challenge in place of an answer. Cloudflare says so in `cf-mitigated: challenge`
 * (https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/); older setups
 * only send its page, HTML where an API answers with JSON or events.
 */
export function isChallenge(status: number, headers: RawHeaders): boolean {
  if (status !== 403 && status !== 503) return false;
  if (fieldOf(headers, "cf-mitigated") === "challenge") return true;
  const page = fieldOf(headers, "content-type").startsWith("text/html");
  return page && (fieldOf(headers, "server") === "cloudflare" || fieldOf(headers, "cf-ray") !== "");
}

/** The first value of a field in lower case, empty when it is not there. */
function fieldOf(headers: RawHeaders, name: string): string {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (headers[at]?.toLowerCase() === name) return headers[at + 1]?.trim().toLowerCase() ?? "";
  }
  return "";
}
