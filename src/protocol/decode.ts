/** Content codings undone: the bytes a request body stood for before `content-encoding` was applied. */
import { promisify } from "node:util";
import zlib from "node:zlib";
import { CodexPlusError } from "../errors.ts";

interface Limits {
  readonly maxOutputLength: number;
}
type Decoder = (bytes: Buffer, limits: Limits) => Promise<Buffer>;

const inflate: Decoder = promisify<Buffer, Limits, Buffer>(zlib.inflate);
const inflateRaw: Decoder = promisify<Buffer, Limits, Buffer>(zlib.inflateRaw);
const gunzip: Decoder = promisify<Buffer, Limits, Buffer>(zlib.gunzip);

const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ["zstd", promisify<Buffer, Limits, Buffer>(zlib.zstdDecompress)],
  ["gzip", gunzip],
  ["x-gzip", gunzip],
  ["br", promisify<Buffer, Limits, Buffer>(zlib.brotliDecompress)],
  // RFC 9110 means the zlib format (RFC 1950) by "deflate", but bare deflate data is sent under that name too.
  ["deflate", (bytes, limits) => (hasZlibHeader(bytes) ? inflate : inflateRaw)(bytes, limits)],
]);

type DecoderNow = (bytes: Buffer, limits: Limits) => Buffer;

const { Z_SYNC_FLUSH, ZSTD_e_flush, BROTLI_OPERATION_FLUSH } = zlib.constants;
/** Those that wait for nothing more when the data ends early, but give what there is. */
const DECODERS_NOW: ReadonlyMap<string, DecoderNow> = new Map([
  ["zstd", (bytes, limits) => zlib.zstdDecompressSync(bytes, { ...limits, finishFlush: ZSTD_e_flush })],
  ["gzip", gunzipNow],
  ["x-gzip", gunzipNow],
  ["br", (bytes, limits) => zlib.brotliDecompressSync(bytes, { ...limits, finishFlush: BROTLI_OPERATION_FLUSH })],
  [
    "deflate",
    (bytes, limits) =>
      (hasZlibHeader(bytes) ? zlib.inflateSync : zlib.inflateRawSync)(bytes, { ...limits, finishFlush: Z_SYNC_FLUSH }),
  ],
]);

function gunzipNow(bytes: Buffer, limits: Limits): Buffer {
  return zlib.gunzipSync(bytes, { ...limits, finishFlush: Z_SYNC_FLUSH });
}

/** More codings on one body than anybody applies; each costs a whole pass. */
const MOST_CODINGS = 4;

/**
 * Undoes the codings of a `content-encoding` field value (RFC 9110 8.4: a comma list in the order they were applied).
 * @param encoding the field value; undefined, empty and `identity` leave the bytes as they are
 * @param limit the most bytes that may come out of any step, so that a small bomb cannot fill the memory
 * @throws CodexPlusError CP_REQUEST_TOO_LARGE past the limit, CP_ENCODING_UNSUPPORTED for a coding not known here,
 *   CP_REQUEST_INVALID for damaged or truncated data
 */
export async function decodeBody(bytes: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  const steps = stepsOf(DECODERS, encoding);
  let decoded = bytes;
  for (const { coding, decoder } of steps) {
    decoded = await decoder(decoded, { maxOutputLength: limit }).catch((cause: unknown) => {
      throw asOurs(cause, coding, limit);
    });
  }
  if (decoded.length > limit) throw tooLarge(limit);
  return decoded;
}

/**
 * The same for a thread that has nothing else to do meanwhile. Of data that ends early it gives what there is.
 * @throws CodexPlusError as `decodeBody`
 */
export function decodeNow(bytes: Buffer, encoding: string | undefined, limit: number): Buffer {
  let decoded = bytes;
  for (const { coding, decoder } of stepsOf(DECODERS_NOW, encoding)) {
    try {
      decoded = decoder(decoded, { maxOutputLength: limit });
    } catch (cause) {
      throw asOurs(cause, coding, limit);
    }
  }
  if (decoded.length > limit) throw tooLarge(limit);
  return decoded;
}

function codings(encoding: string | undefined): string[] {
  const names = (encoding ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "identity");
  if (names.length <= MOST_CODINGS) return names;
  throw new CodexPlusError("CP_ENCODING_UNSUPPORTED", `content-encoding lists ${names.length} codings`);
}

/** The last coding applied is the first to be undone. */
function stepsOf<D>(decoders: ReadonlyMap<string, D>, encoding: string | undefined): { coding: string; decoder: D }[] {
  const steps = codings(encoding).map((coding) => {
    const decoder = decoders.get(coding);
    if (decoder !== undefined) return { coding, decoder };
    throw new CodexPlusError("CP_ENCODING_UNSUPPORTED", `content-encoding ${JSON.stringify(coding)} is not known`);
  });
  return steps.reverse();
}

function asOurs(cause: unknown, coding: string, limit: number): CodexPlusError {
  if (cause instanceof RangeError && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE") return tooLarge(limit);
  return new CodexPlusError("CP_REQUEST_INVALID", `the body is not valid ${coding} data`, { cause });
}

function tooLarge(limit: number): CodexPlusError {
  return new CodexPlusError("CP_REQUEST_TOO_LARGE", `the decoded body is larger than ${limit} bytes`);
}

function hasZlibHeader(bytes: Buffer): boolean {
  return bytes.length >= 2 && (bytes.readUInt8(0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}
