/** Bytes that are put behind each other, in memory that grows by doubling. */

const FIRST = 4096;

export class Growing {
  #memory: Buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What there is; good until the next change. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  /** Copies these bytes of `from`. */
  push(from: Uint8Array, start = 0, end = from.length): void {
    const length = this.#length + end - start;
    if (length > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST, this.#memory.length * 2, length));
      larger.set(this.bytes);
      this.#memory = larger;
    }
    this.#memory.set(start === 0 && end === from.length ? from : from.subarray(start, end), this.#length);
    this.#length = length;
  }

  /** Drops what comes before `start`; what took much memory gives it back. */
  keepFrom(start: number): void {
    const rest = this.#length - start;
    if (rest === 0 && this.#memory.length > FIRST * 256) this.#memory = Buffer.alloc(0);
    else this.#memory.copyWithin(0, start, this.#length);
    this.#length = rest;
  }
}
