/** Content codings applied: a body that was changed goes up in the codings its fields still name. */
import { promisify } from "node:util";
import zlib from "node:zlib";
import { CodexPlusError } from "../errors.ts";

type Encoder = (bytes: Buffer) => Promise<Buffer>;

const gzip: Encoder = promisify<Buffer, Buffer>(zlib.gzip);

const ENCODERS: ReadonlyMap<string, Encoder> = new Map([
  ["zstd", promisify<Buffer, Buffer>(zlib.zstdCompress)],
  ["gzip", gzip],
  ["x-gzip", gzip],
  ["br", promisify<Buffer, Buffer>(zlib.brotliCompress)],
  ["deflate", promisify<Buffer, Buffer>(zlib.deflate)],
]);

/**
 * Applies the codings of a `content-encoding` field value in its order (RFC 9110 8.4).
 * @throws CodexPlusError CP_ENCODING_UNSUPPORTED for a coding not known here
 */
export async function encodeBody(bytes: Buffer, encoding: string): Promise<Buffer> {
  let encoded = bytes;
  for (const name of encoding.split(",")) {
    const coding = name.trim().toLowerCase();
    if (coding === "" || coding === "identity") continue;
    const encoder = ENCODERS.get(coding);
    if (encoder === undefined) {
      throw new CodexPlusError("CP_ENCODING_UNSUPPORTED", `content-encoding ${JSON.stringify(coding)} is not known`);
    }
    encoded = await encoder(encoded);
  }
  return encoded;
}
