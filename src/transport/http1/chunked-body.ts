/**
 * A body in chunks (RFC 9112 section 7.1), followed but not decoded unless asked: in "framed" mode the bytes are handed
 * on as they came, the last chunk and the trailers left out, so that a relay costs one write per read.
 */
import type { RawHeaders } from "../../contracts.ts";
import { Block } from "./block.ts";
import { parseFields } from "./fields.ts";

/** Longest chunk-size line with its extensions. Nobody sends long ones; without a bound they would have to be kept. */
const LINE_LIMIT = 4096;
const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
/** The value of each byte as a hexadecimal digit, -1 for all others. */
const HEX = Int8Array.from({ length: 256 }, (_, byte) =>
  "0123456789abcdef".indexOf(String.fromCharCode(byte).toLowerCase()),
);

/** Where in the framing the next byte stands. */
type Place = "size" | "data" | "cr" | "lf" | "trailers";

const INCOMPLETE = -1;
const MALFORMED = -2;

export class ChunkedBody {
  done = false;
  problem: string | undefined;
  trailers: RawHeaders = [];
  readonly #framed: boolean;
  readonly #emit: (bytes: Buffer) => void;
  readonly #trailerLimit: number;
  #trailerBlock: Block | undefined;
  #place: Place = "size";
  /** Bytes of the current chunk that are still to come. */
  #left = 0;
  /** The beginning of a chunk-size line whose end has not come yet. Kept back, so nothing handed on is half a line. */
  #carry: Buffer | undefined;

  constructor(framed: boolean, emit: (bytes: Buffer) => void, trailerLimit: number) {
    this.#framed = framed;
    this.#emit = emit;
    this.#trailerLimit = trailerLimit;
  }

  /** How many bytes the chunk under way still lacks, its closing CRLF counted in; 0 between chunks. */
  get missing(): number {
    if (this.#place === "data") return this.#left + 2;
    if (this.#place === "cr") return 2;
    return this.#place === "lf" ? 1 : 0;
  }

  /** Takes bytes from `from` on, which it may overwrite. Answers the index behind what belonged to the body. */
  push(bytes: Buffer, from: number): number {
    const carry = this.#carry;
    if (carry === undefined) return this.#walk(bytes, from);
    this.#carry = undefined;
    return this.#walk(Buffer.concat([carry, bytes.subarray(from)]), 0) - carry.length + from;
  }

  #walk(bytes: Buffer, from: number): number {
    let at = from;
    // What is handed on: in framed mode all that was walked over, in payload mode the chunks moved together in place.
    let start = from;
    let end = from;
    while (at < bytes.length && this.#place !== "trailers" && this.problem === undefined) {
      const line = at;
      switch (this.#place) {
        case "size":
          at = this.#sizeLine(bytes, line);
          if (at === INCOMPLETE) {
            this.#carry = bytes.subarray(line);
            at = bytes.length;
          } else if (at === MALFORMED) {
            this.problem = "a malformed chunk size";
            at = line;
          } else if (this.#framed && this.#left > 0) end = at;
          break;
        case "data":
          at = Math.min(bytes.length, line + this.#left);
          this.#left -= at - line;
          if (this.#left === 0) this.#place = "cr";
          if (this.#framed) end = at;
          else if (start === end) {
            start = line;
            end = at;
          } else {
            bytes.copyWithin(end, line, at);
            end += at - line;
          }
          break;
        case "cr":
        case "lf":
          at = this.#lineEnd(bytes, line);
          if (this.#framed) end = at;
          break;
      }
    }
    if (end > start) this.#emit(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
    return this.#place === "trailers" && at < bytes.length ? this.#readTrailers(bytes, at) : at;
  }

  /** Reads one line; the index behind it, or INCOMPLETE or MALFORMED. Only the whole line changes the state. */
  #sizeLine(bytes: Buffer, from: number): number {
    const { length } = bytes;
    let at = from;
    let size = 0;
    for (; at < length; at++) {
      const digit = HEX[bytes[at] ?? 0] ?? -1;
      if (digit < 0) break;
      size = size * 16 + digit;
    }
    if (size > Number.MAX_SAFE_INTEGER || at - from > LINE_LIMIT) return MALFORMED;
    if (at === length) return INCOMPLETE;
    if (at === from) return MALFORMED;
    if (bytes[at] === SEMICOLON) {
      while (at < length && isText(bytes[at] ?? 0)) at++;
      if (at - from > LINE_LIMIT) return MALFORMED;
    }
    if (at === length) return INCOMPLETE;
    if (bytes[at] !== CR) return MALFORMED;
    if (at + 1 === length) return INCOMPLETE;
    if (bytes[at + 1] !== LF) return MALFORMED;
    this.#left = size;
    this.#place = size === 0 ? "trailers" : "data";
    return at + 2;
  }

  /** The CRLF behind a chunk's bytes, which may come in two pieces. */
  #lineEnd(bytes: Buffer, at: number): number {
    if (bytes[at] !== (this.#place === "cr" ? CR : LF)) {
      this.problem = "a chunk longer than its size";
      return at;
    }
    this.#place = this.#place === "cr" ? "lf" : "size";
    return at + 1;
  }

  #readTrailers(bytes: Buffer, from: number): number {
    this.#trailerBlock ??= Block.trailers(this.#trailerLimit);
    const block = this.#trailerBlock;
    const end = block.take(bytes, from);
    if (end < 0) {
      this.problem = block.problem;
      return bytes.length;
    }
    const trailers = parseFields(block.text, 2);
    if (trailers === undefined) this.problem = "malformed trailers";
    else {
      this.trailers = trailers;
      this.done = true;
    }
    return end;
  }
}

function isText(byte: number): boolean {
  return byte === 0x09 || (byte >= 0x20 && byte !== 0x7f);
}
