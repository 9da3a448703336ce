/**
 * The last events of a stream that is relayed unread, kept only to answer two questions when it is over: how did it end,
 * and, if it was cut, had its end been told already? Then a failure behind it would be a lie. Costs a search from the end and a reference per piece.
 */
import { TERMINAL, type WireEvent } from "./frame.ts";
import { SseReader } from "./sse.ts";

/** An event longer than this is not kept: the stream then counts as not ended. */
const MOST = 4 * 1024 * 1024;

export class Tail {
  /** The pieces up to the last one with an event's end in it, from the piece with the end before that on. */
  #before: Buffer[] = [];
  /** The pieces since. */
  #since: Buffer[] = [];
  #size = 0;

  /** Bytes of the stream that went down, in order, without any framing. */
  push(bytes: Buffer): void {
    this.#since.push(bytes);
    this.#size += bytes.length;
    if (bytes.lastIndexOf("\n\n") >= 0 || bytes.lastIndexOf("\n\r\n") >= 0) {
      this.#before = this.#since;
      // The piece may hold the beginning of the next event too.
      this.#since = [bytes];
      this.#size = bytes.length;
    } else if (this.#size > MOST) {
      this.#since = [];
      this.#size = 0;
    }
  }

  /** The terminal event, if it has gone down whole. */
  terminal(): WireEvent | undefined {
    return new SseReader()
      .push(this.#bytes())
      .findLast(({ type }) => TERMINAL.has(type))
      ?.json();
  }

  /** "told": a terminal event has gone down; "nearly": all of it has but the blank line that makes it count. */
  end(): "told" | "nearly" | "open" {
    const reader = new SseReader();
    if (reader.push(this.#bytes()).some(({ type }) => TERMINAL.has(type))) return "told";
    const rest = reader.end();
    return rest !== undefined && TERMINAL.has(rest.type) && rest.json() !== undefined ? "nearly" : "open";
  }

  #bytes(): Buffer {
    const overlap = this.#before.at(-1) === this.#since[0];
    return Buffer.concat(overlap ? [...this.#before, ...this.#since.slice(1)] : this.#since);
  }
}
