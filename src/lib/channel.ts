/** A queue between something that pushes and something that pulls, with backpressure told to the pusher. */

/** Bytes that may wait before `push` asks for a pause. */
const MOST_BYTES = 1024 * 1024;

export class Channel<T> implements AsyncIterableIterator<T> {
  readonly #high: number;
  readonly #bytes: (value: T) => number;
  #size = 0;
  readonly #queue: T[] = [];
  #waiting: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void } | undefined;
  #ended = false;
  #error: unknown;
  /** Called when the queue has run empty after `push` answered false. */
  onDrain: (() => void) | undefined;
  /** Called once when the reader leaves before the end. */
  onLeave: (() => void) | undefined;
  #full = false;

  /**
   * @param high how many values may wait before `push` asks for a pause
   * @param bytes how large a value is; at most so many bytes wait, or one value, before `push` asks for a pause
   */
  constructor(high = 256, bytes: (value: T) => number = () => 0) {
    this.#high = high;
    this.#bytes = bytes;
  }

  /** Whether somebody waits for a value right now. */
  get awaited(): boolean {
    return this.#waiting !== undefined;
  }

  /** False asks the pusher to wait for `onDrain`. */
  push(value: T): boolean {
    if (this.#ended) return true;
    if (this.#waiting !== undefined) {
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve({ done: false, value });
      return true;
    }
    this.#queue.push(value);
    this.#size += this.#bytes(value);
    if (this.#queue.length < this.#high && this.#size < MOST_BYTES) return true;
    this.#full = true;
    return false;
  }

  /** No more values. Those in the queue are still read; then the reader sees the end, or the error. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return;
    if (error === undefined) waiting.resolve({ done: true, value: undefined });
    else waiting.reject(error);
  }

  next(): Promise<IteratorResult<T>> {
    const value = this.#queue.shift();
    if (value !== undefined) {
      this.#size -= this.#bytes(value);
      if (this.#full && this.#queue.length === 0) {
        this.#full = false;
        this.onDrain?.();
      }
      return Promise.resolve({ done: false, value });
    }
    if (this.#ended) {
      const error = this.#error;
      this.#error = undefined;
      return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<T>> {
    const left = !this.#ended;
    this.#queue.length = 0;
    this.end();
    if (left) this.onLeave?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
