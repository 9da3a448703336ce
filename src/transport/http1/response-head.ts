/** The head of a response: status line, fields, and what they say about the body (RFC 9112 sections 4 and 6). */
import type { RawHeaders } from "../../contracts.ts";
import { parseFields } from "./fields.ts";

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n/;

export interface StatusAndFields {
  /** The minor version: HTTP/1.0 or HTTP/1.1. */
  readonly minor: number;
  readonly status: number;
  readonly reason: string;
  readonly headers: RawHeaders;
}

/** How the end of a body is found. */
export interface BodyFraming {
  readonly kind: "none" | "length" | "chunked" | "close";
  /** Bytes of the body; only for "length". */
  readonly length: number;
  /** Whether the connection may carry another request when this response has ended. */
  readonly reusable: boolean;
}

/** Reads status line and fields (all lines with CRLF, the empty line left out). Undefined if they are malformed. */
export function parseHead(text: string): StatusAndFields | undefined {
  const match = STATUS_LINE.exec(text);
  if (match === null) return undefined;
  const headers = parseFields(text, match[0].length);
  if (headers === undefined) return undefined;
  return { minor: Number(match[1]), status: Number(match[2]), reason: match[3] ?? "", headers };
}

/**
 * The framing of a final response, or what is wrong with it. Contradictory or unknown framing is refused: guessing is
 * how the rest of one response becomes the beginning of the next.
 */
export function bodyFraming(head: StatusAndFields, method: string): BodyFraming | string {
  let length: string | undefined;
  let coding: string | undefined;
  let reusable = head.minor === 1;
  for (let i = 0; i < head.headers.length; i += 2) {
    const value = head.headers[i + 1] ?? "";
    const name = framingField(head.headers[i] ?? "");
    if (name === "content-length") {
      if (length !== undefined && length !== value) return "two different content-lengths";
      length = value;
    } else if (name === "transfer-encoding") {
      coding = coding === undefined ? value.toLowerCase() : `${coding}, ${value}`;
    } else if (name === "connection") {
      if (hasToken(value, "close")) reusable = false;
    }
  }
  // Also where there is no body: the fields are handed on, and the next reader may stumble over them.
  if (length !== undefined && !isLength(length)) return "a content-length that is no number";
  if (length !== undefined && coding !== undefined) return "both content-length and transfer-encoding";
  if (hasNoBody(head.status, method)) {
    return { kind: "none", length: 0, reusable: reusable && method !== "CONNECT" };
  }
  if (coding !== undefined) {
    if (head.minor === 0 || coding !== "chunked") return "a transfer-encoding other than chunked";
    return { kind: "chunked", length: 0, reusable };
  }
  if (length === undefined) return { kind: "close", length: 0, reusable: false };
  return { kind: "length", length: Number(length), reusable };
}

function isLength(text: string): boolean {
  return /^\d+$/.test(text) && Number.isSafeInteger(Number(text));
}

function hasNoBody(status: number, method: string): boolean {
  if (method === "HEAD" || status === 204 || status === 304) return true;
  return method === "CONNECT" && status >= 200 && status < 300;
}

/** The field's name in lower case if it says something about framing. By length first: most fields do not. */
function framingField(name: string): string | undefined {
  const { length } = name;
  return length === 10 || length === 14 || length === 17 ? name.toLowerCase() : undefined;
}

function hasToken(list: string, token: string): boolean {
  return list.split(",").some((item) => item.trim().toLowerCase() === token);
}
