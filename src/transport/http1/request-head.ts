/** A request as it goes onto the wire: exactly the fields given, in their order and case, and framing where it is missing. */
import type { RawHeaders, UpstreamRequest } from "../../contracts.ts";
import { CodexPlusError } from "../../errors.ts";
import { formatFields, isToken } from "./fields.ts";

/** A path and query: no spaces or control bytes, which would end the request line early. */
const PATH = /^[\x21-\x7e\x80-\xff]+$/;

export interface WireRequest {
  readonly method: string;
  /** Request line and fields with the empty line, to be written as latin1. */
  readonly head: string;
  readonly framing: "none" | "length" | "chunked";
  /** The content-length, where that is the framing. */
  readonly length: number;
}

/** @throws CodexPlusError CP_REQUEST_INVALID where something cannot be written, or be understood in one way only */
export function encodeRequest(request: UpstreamRequest): WireRequest {
  const { body, headers, method } = request;
  const declared = declaredFraming(headers);
  if (declared !== undefined) {
    checkLength(body, declared);
    return { method, head: formatHead(request, ""), ...declared };
  }
  if (body === undefined) return { method, head: formatHead(request, ""), framing: "none", length: 0 };
  if (body === "stream") {
    return { method, head: formatHead(request, "transfer-encoding: chunked\r\n"), framing: "chunked", length: 0 };
  }
  const { length } = body;
  return { method, head: formatHead(request, `content-length: ${length}\r\n`), framing: "length", length };
}

/** Request line, fields and the empty line, nothing added. @throws CodexPlusError CP_REQUEST_INVALID */
export function formatHead({ method, to, headers }: Omit<UpstreamRequest, "body">, framing: string): string {
  if (!isToken(method)) throw invalid("the method is no token");
  if (!PATH.test(to.path)) throw invalid("the path holds characters that cannot stand in a request line");
  const fields = formatFields(headers);
  if (fields === undefined) throw invalid("a header name or value holds characters that cannot stand in a header");
  return `${method} ${to.path} HTTP/1.1\r\n${fields}${framing}\r\n`;
}

export function invalid(what: string): CodexPlusError {
  return new CodexPlusError("CP_REQUEST_INVALID", `The request cannot be sent: ${what}`);
}

/** What the fields say about the body's end; two answers would be a smuggled request to somebody. */
function declaredFraming(headers: RawHeaders): Pick<WireRequest, "framing" | "length"> | undefined {
  let declared: Pick<WireRequest, "framing" | "length"> | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]?.toLowerCase();
    if (name !== "content-length" && name !== "transfer-encoding") continue;
    if (declared !== undefined) throw invalid("its fields frame the body twice");
    const value = headers[i + 1] ?? "";
    if (name === "content-length") {
      if (!/^\d{1,15}$/.test(value)) throw invalid("its content-length is no number");
      declared = { framing: "length", length: Number(value) };
    } else {
      if (value.toLowerCase() !== "chunked") throw invalid("its transfer-encoding is not chunked");
      declared = { framing: "chunked", length: 0 };
    }
  }
  return declared;
}

function checkLength(
  body: UpstreamRequest["body"],
  { framing, length }: Pick<WireRequest, "framing" | "length">,
): void {
  if (framing !== "length" || body === "stream") return;
  if ((body?.length ?? 0) !== length) throw invalid("its content-length is not the length of its body");
}
