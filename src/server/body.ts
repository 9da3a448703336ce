/** The body of a request that a stage wants to see: gathered whole, and sent up in the encoding it came in. */
import type { IncomingMessage } from "node:http";
import { CodexPlusError } from "../errors.ts";
import { encodeBody } from "../protocol/encode.ts";
import type { RequestBody } from "../protocol/request.ts";
import { type Http, hasBody } from "./request.ts";

/** The request's whole body; undefined if the client left before its end. @throws CodexPlusError CP_REQUEST_TOO_LARGE */
export function gather({ request, response, entry }: Http, limit: number): Promise<Buffer | undefined> {
  if (!hasBody(request)) return Promise.resolve(Buffer.alloc(0));
  if (expectsContinue(request)) response.writeContinue();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const refuse = (): void => {
      const message = `the request body is over the limit of ${limit} bytes`;
      reject(new CodexPlusError("CP_REQUEST_TOO_LARGE", message));
    };
    if (Number(request.headers["content-length"] ?? 0) > limit) return refuse();
    request.on("data", (chunk: Buffer) => {
      entry.bytesUp += chunk.length;
      if (entry.bytesUp > limit) refuse();
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.on("close", () => resolve(undefined));
  });
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
