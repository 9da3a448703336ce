/** Header fields on their way into and out of impit. */
import type { RawHeaders } from "../../contracts.ts";

/** What a browser adds to a page visit and no client of ours sends. An empty value keeps impit from adding it. */
const BROWSER_FIELDS = [
  "sec-ch-ua",
  "sec-ch-ua-mobile",
  "sec-ch-ua-platform",
  "sec-fetch-site",
  "sec-fetch-mode",
  "sec-fetch-user",
  "sec-fetch-dest",
  "accept-language",
  "priority",
  "upgrade-insecure-requests",
  "user-agent",
];

/** Fields that the HTTP layer inside impit writes by itself. */
const OWN_FIELDS: ReadonlySet<string> = new Set(["host", "connection", "transfer-encoding"]);

/**
 * @param headers the request's fields
 * @param streamed whether the body follows in pieces; only then is its `content-length` not known to impit
 */
export function toImpit(headers: RawHeaders, streamed: boolean): [string, string][] {
  const sent = pairs(headers).filter(([name]) => {
    const lower = name.toLowerCase();
    return !OWN_FIELDS.has(lower) && (streamed || lower !== "content-length");
  });
  const present = new Set(sent.map(([name]) => name.toLowerCase()));
  const blanks = BROWSER_FIELDS.filter((name) => !present.has(name)).map((name): [string, string] => [name, ""]);
  return [...sent, ...blanks];
}

const CONNECTION_FIELDS: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding"]);
const CODING_FIELDS: ReadonlySet<string> = new Set(["content-encoding", "content-length"]);

/**
 * The response's fields without those of the connection. impit has undone the `content-encoding` and yet leaves the field,
 * so it goes too, with the length that no longer fits.
 * @param bodiless a response without a body, whose fields describe what a GET would have had
 */
export function fromImpit(headers: Headers, bodiless: boolean): RawHeaders {
  const decoded = headers.has("content-encoding") && !bodiless;
  return [...headers].filter(([name]) => !CONNECTION_FIELDS.has(name) && !(decoded && CODING_FIELDS.has(name))).flat();
}

function pairs(headers: RawHeaders): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) found.push([headers[at] ?? "", headers[at + 1] ?? ""]);
  return found;
}
