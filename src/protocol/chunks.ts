/** The payload of HTTP/1.1 chunks that somebody else has checked already (RFC 9112 7.1). */

const LF = 10;
/** The line end behind a chunk's data. */
const CRLF_BYTES = 2;

/** Gives parts of what it is given: nothing is copied or changed. */
export class Chunks {
  /** What there is of a size line. */
  #line = "";
  /** Bytes of the chunk's data to come. */
  #data = 0;
  /** Bytes of the line end to come. */
  #end = 0;

  /** The payload within the next bytes, in order. */
  push(bytes: Buffer): Buffer[] {
    const payload: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      if (this.#data > 0) {
        const part = bytes.subarray(at, at + this.#data);
        payload.push(part);
        at += part.length;
        this.#data -= part.length;
      } else if (this.#end > 0) {
        const skipped = Math.min(this.#end, bytes.length - at);
        at += skipped;
        this.#end -= skipped;
      } else at = this.#readSize(bytes, at);
    }
    return payload;
  }

  #readSize(bytes: Buffer, at: number): number {
    const lineEnd = bytes.indexOf(LF, at);
    const next = lineEnd < 0 ? bytes.length : lineEnd + 1;
    this.#line += bytes.toString("latin1", at, next);
    if (lineEnd < 0) return next;
    this.#data = Number.parseInt(this.#line, 16);
    this.#end = CRLF_BYTES;
    this.#line = "";
    return next;
  }
}
