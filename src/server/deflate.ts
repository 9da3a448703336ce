/**
 * permessage-deflate (RFC 7692) with the upstream, by the `ws` library's codec. The client's offer goes up as it came, so
 * that upstream sees the handshake it knows; the client itself is declined, since loopback gains nothing by it.
 */
import * as ws from "ws";
import type { RawHeaders } from "../contracts.ts";
import { CodexPlusError } from "../errors.ts";
import { header } from "../protocol/headers.ts";

type Callback = (error: Error | null, bytes: Buffer) => void;
interface Codec {
  accept(answers: readonly object[]): void;
  compress(bytes: Buffer, fin: boolean, done: Callback): void;
  decompress(bytes: Buffer, fin: boolean, done: Callback): void;
  cleanup(): void;
}
/** Exported by ws 8.19 and later, but not in its types yet. */
interface Extensions {
  readonly PerMessageDeflate: new (options: { maxPayload: number }) => Codec;
  readonly extension: { parse(field: string): Record<string, readonly object[] | undefined> };
}
const { PerMessageDeflate, extension } = ws as unknown as Extensions;

const NAME = "permessage-deflate";
/** Below this many bytes compression costs more than it saves (the library's own threshold). */
export const WORTHWHILE = 1024;

export interface Deflate {
  /** Both keep the order of their calls: the window is shared from message to message. */
  inflate(bytes: Buffer): Promise<Buffer>;
  deflate(bytes: Buffer): Promise<Buffer>;
  close(): void;
}

/**
 * What upstream agreed to in its 101; undefined for no compression.
 * @throws CodexPlusError CP_UPSTREAM_PROTOCOL for an answer that fits no offer
 */
export function agreedDeflate(headers: RawHeaders, maxMessage: number): Deflate | undefined {
  const field = header(headers, "sec-websocket-extensions");
  if (field === undefined) return undefined;
  const codec = new PerMessageDeflate({ maxPayload: maxMessage });
  try {
    const answers = extension.parse(field)[NAME];
    if (answers === undefined) return undefined;
    codec.accept(answers);
  } catch (cause) {
    throw new CodexPlusError("CP_UPSTREAM_PROTOCOL", "the upstream agreed to a WebSocket compression nobody offered", {
      cause,
    });
  }
  let inflating: Promise<unknown> = Promise.resolve();
  let deflating: Promise<unknown> = Promise.resolve();
  const call = (method: "compress" | "decompress", bytes: Buffer): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      codec[method](bytes, true, (error, result) =>
        error === null ? resolve(result) : reject(told(error, maxMessage)),
      );
    });
  return {
    inflate(bytes) {
      const result = inflating.then(() => call("decompress", bytes));
      inflating = result.catch(() => undefined);
      return result;
    },
    deflate(bytes) {
      const result = deflating.then(() => call("compress", bytes));
      deflating = result.catch(() => undefined);
      return result;
    },
    // The library must not be cleaned up while it works: its callback would find nothing left to call back with.
    close: () => void Promise.all([inflating, deflating]).then(() => codec.cleanup()),
  };
}

function told(error: Error, maxMessage: number): Error {
  if (!("code" in error) || error.code !== "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return error;
  return new CodexPlusError("CP_FRAME_TOO_LARGE", `a WebSocket message inflates over the limit of ${maxMessage} bytes`);
}
