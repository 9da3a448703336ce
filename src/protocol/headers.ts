/** Header fields in their raw form: name, value, name, value… as they stood on the wire. */
import type { RawHeaders } from "../contracts.ts";

/** Fields that belong to one hop (RFC 9110 7.6.1), never to be forwarded by themselves. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "transfer-encoding",
  "upgrade",
]);
const LONGEST_HOP_NAME = 19;

/** The first value of a field, or undefined. @param name in lower case */
export function header(headers: RawHeaders, name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    const key = headers[i] as string;
    if (key.length === name.length && key.toLowerCase() === name) return headers[i + 1];
  }
  return undefined;
}

/** Whether a response with these fields can be read as events: an event stream that nobody has compressed. */
export function isEventStream(headers: RawHeaders): boolean {
  const coding = header(headers, "content-encoding") ?? "identity";
  return coding === "identity" && (header(headers, "content-type") ?? "").startsWith("text/event-stream");
}

/** Everything that goes on to the next hop, in order. Fields that `Connection` names are left out too. */
export function endToEnd(headers: RawHeaders): string[] {
  const named = connectionNames(headers);
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length <= LONGEST_HOP_NAME || named !== undefined) {
      const lower = name.toLowerCase();
      if (HOP_BY_HOP.has(lower) || named?.has(lower)) continue;
    }
    kept.push(name, headers[i + 1] as string);
  }
  return kept;
}

/** The field names that `Connection` declares to be of this hop, or undefined where there are none but the usual. */
function connectionNames(headers: RawHeaders): Set<string> | undefined {
  let names: Set<string> | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const key = headers[i] as string;
    if (key.length !== 10 || key.toLowerCase() !== "connection") continue;
    for (const part of (headers[i + 1] as string).split(",")) {
      const name = part.trim().toLowerCase();
      if (name === "" || name === "close" || HOP_BY_HOP.has(name)) continue;
      names ??= new Set();
      names.add(name);
    }
  }
  return names;
}

/** A copy with every occurrence of a field gone. @param name in lower case */
export function without(headers: RawHeaders, name: string): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const key = headers[i] as string;
    if (key.toLowerCase() !== name) kept.push(key, headers[i + 1] as string);
  }
  return kept;
}

const OURS = "x-codex-plus-";

/** A copy without the fields that are between the client and us: the token, what it wants of us. */
export function withoutOurs(headers: RawHeaders): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const key = headers[i] as string;
    if (key.length > OURS.length && key.slice(0, OURS.length).toLowerCase() === OURS) continue;
    kept.push(key, headers[i + 1] as string);
  }
  return kept;
}

/** A copy in which a field has this one value: in the place it had, else at the end. @param name in lower case */
export function replaced(headers: RawHeaders, name: string, value: string): string[] {
  const out: string[] = [];
  let done = false;
  for (let i = 0; i < headers.length; i += 2) {
    const key = headers[i] as string;
    if (key.toLowerCase() !== name) out.push(key, headers[i + 1] as string);
    else if (!done) {
      out.push(key, value);
      done = true;
    }
  }
  if (!done) out.push(name, value);
  return out;
}
