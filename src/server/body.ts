/** The body of a request that a stage wants to see: gathered whole, and sent up in the encoding it came in. */
import type { IncomingMessage } from "node:http";
import { CodexPlusError } from "../errors.ts";
import { encodeBody } from "../protocol/encode.ts";
import type { RequestBody } from "../protocol/request.ts";
import { type Http, hasBody } from "./request.ts";

/** The request's whole body; undefined if the client left before its end. @throws CodexPlusError CP_REQUEST_TOO_LARGE */
export async function gather(http: Http, limit: number): Promise<Buffer | undefined> {
  const { request, response, entry } = http;
  if (!hasBody(request)) return Buffer.alloc(0);
  if (expectsContinue(request)) response.writeContinue();
  const tooLarge = (): CodexPlusError =>
    new CodexPlusError("CP_REQUEST_TOO_LARGE", `the request body is over the limit of ${limit} bytes`);
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  // The iterator would otherwise destroy the socket when the body is refused, and the answer with it.
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      entry.bytesUp += chunk.length;
      if (entry.bytesUp > limit) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (request.errored !== null) return undefined;
    throw error;
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

function expectsContinue(request: IncomingMessage): boolean {
  return request.headers.expect?.toLowerCase() === "100-continue";
}

/** What goes up: the very bytes that came unless something was changed; then in the encoding that the fields promise. */
export async function upstreamBody(
  next: RequestBody,
  first: RequestBody,
  sent: Buffer,
  encoding: string,
): Promise<Buffer> {
  return next === first && !next.edited ? sent : encodeBody(next.bytes(), encoding);
}
