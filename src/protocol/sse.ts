/**
 * Server-sent events, cut into frames. The law, tested by property: the concatenation of every frame's raw is the input,
 * for every way of cutting the bytes. Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import { type Frame, readFrame } from "./frame.ts";

const LF = 10;
const CR = 13;
const EMPTY = Buffer.alloc(0);
/** A byte order mark, which may stand before a stream's first field. */
const MARK = /^\ufeff/;

/** Takes bytes in any pieces, gives whole events. Comments and unknown fields stay inside their frame. */
export class SseReader {
  /** The event under way, as far as it came in earlier pieces. */
  #held: Buffer[] = [];
  /** Whether the byte before is the end of a line, so that another end of line makes it a blank one. */
  #lineStart = true;
  /** Whether the last piece ended in a CR, which may be half of a CRLF. */
  #halfEnd = false;

  /** @returns the frames that these bytes complete, in order */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let start = 0;
    let i = 0;
    const lineEnd = (): void => {
      if (this.#lineStart) {
        frames.push(readFrame(this.#take(chunk.subarray(start, i)), dataOf));
        start = i;
      }
      this.#lineStart = true;
    };
    if (this.#halfEnd && chunk.length > 0) {
      this.#halfEnd = false;
      i = chunk[0] === LF ? 1 : 0;
      lineEnd();
    }
    while (i < chunk.length) {
      const byte = chunk[i];
      if (byte !== LF && byte !== CR) {
        this.#lineStart = false;
        i += 1;
        continue;
      }
      if (byte === CR && i + 1 === chunk.length) {
        this.#halfEnd = true;
        break;
      }
      // CR, LF and CRLF all end a line.
      i += byte === CR && chunk[i + 1] === LF ? 2 : 1;
      lineEnd();
    }
    if (start < chunk.length) this.#held.push(chunk.subarray(start));
    return frames;
  }

  /** What is left when the stream ends without a last blank line; undefined for nothing. */
  end(): Frame | undefined {
    const rest = this.#take(EMPTY);
    this.#lineStart = true;
    this.#halfEnd = false;
    return rest.length === 0 ? undefined : readFrame(rest, dataOf);
  }

  /** The event that ends with these bytes, put together only once however many pieces it came in. */
  #take(last: Buffer): Buffer {
    if (this.#held.length === 0) return last;
    const whole = Buffer.concat([...this.#held, last]);
    this.#held = [];
    return whole;
  }
}

/** The `data` field of an event: its lines joined, or undefined where it has none. */
export function dataOf(raw: Buffer): string | undefined {
  let data: string | undefined;
  for (const line of raw
    .toString("utf8")
    .replace(MARK, "")
    .split(/\r\n|\n|\r/)) {
    if (!line.startsWith("data")) continue;
    const rest = line.slice(4);
    if (rest !== "" && !rest.startsWith(":")) continue;
    const value = rest.startsWith(": ") ? rest.slice(2) : rest.slice(1);
    data = data === undefined ? value : `${data}\n${value}`;
  }
  return data;
}
