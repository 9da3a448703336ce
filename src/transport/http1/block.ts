/** Lines up to an empty one: the part of a message before the body, and the trailers behind it. */

const EMPTY = Buffer.alloc(0);
const CRLF = Buffer.from("\r\n");
const BLANK_LINE = Buffer.from("\r\n\r\n");
const LF = 0x0a;
const CR = 0x0d;

/** Collects bytes until the empty line, however they are cut, in linear time. */
export class Block {
  /** Set when no continuation could make this a block. */
  problem: string | undefined;
  /** The lines, each with its CRLF, without the empty one. Valid when `take` has found the end. */
  text = "";
  readonly #limit: number;
  readonly #prefix: string;
  #kept: Buffer = EMPTY;
  #length = 0;

  /** @param limit most bytes, the empty line included  @param prefix what the block has to begin with */
  constructor(limit: number, prefix = "") {
    this.#limit = limit;
    this.#prefix = prefix;
  }

  /** A block of trailers: begun by the CRLF of the last chunk's line, so that "no trailers" ends as all others do. */
  static trailers(limit: number): Block {
    const block = new Block(limit + CRLF.length);
    block.take(CRLF, 0);
    return block;
  }

  /** Takes bytes from `from` on. Answers the index behind the empty line, or -1 when it has not come yet. */
  take(bytes: Buffer, from: number): number {
    if (this.#length > 0) return this.#append(bytes, from);
    const at = bytes.indexOf(BLANK_LINE, from);
    const end = at + BLANK_LINE.length;
    if (at < 0 || end - from > this.#limit) return this.#append(bytes, from);
    this.text = bytes.toString("latin1", from, at + CRLF.length);
    return end;
  }

  #append(bytes: Buffer, from: number): number {
    const before = this.#length;
    const added = Math.min(bytes.length - from, this.#limit - before);
    this.#reserve(before + added);
    bytes.copy(this.#kept, before, from, from + added);
    this.#length = before + added;
    const seen = this.#kept.subarray(0, this.#length);
    const at = seen.indexOf(BLANK_LINE, Math.max(0, before - 3));
    if (at >= 0) {
      this.text = seen.toString("latin1", 0, at + CRLF.length);
      this.#length = 0;
      return from + at + BLANK_LINE.length - before;
    }
    this.problem = this.#fault(seen, before);
    return -1;
  }

  /** What shows already that waiting for more is in vain: a peer that speaks something else would wait for us too. */
  #fault(seen: Buffer, from: number): string | undefined {
    const prefix = this.#prefix.slice(0, seen.length);
    if (seen.toString("latin1", 0, prefix.length) !== prefix) return "not an HTTP/1 response";
    for (let i = seen.indexOf(LF, from); i >= 0; i = seen.indexOf(LF, i + 1)) {
      if (seen[i - 1] !== CR) return "a line ended without CR";
    }
    return seen.length >= this.#limit ? `more than ${this.#limit} bytes of header fields` : undefined;
  }

  #reserve(length: number): void {
    if (length <= this.#kept.length) return;
    const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#kept.length));
    this.#kept.copy(larger, 0, 0, this.#length);
    this.#kept = larger;
  }
}
