/**
 * Server-sent events, cut into frames. The law, tested by property: the concatenation of every frame's raw is the input,
 * for every way of cutting the bytes. Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import { type Frame, readFrame } from "./frame.ts";

const LF = 10;
const CR = 13;

/** Takes bytes in any pieces, gives whole events. Comments and unknown fields stay inside their frame. */
export class SseReader {
  #held: Buffer | undefined;
  /** Where in `#held` plus the next chunk the scan goes on. */
  #scanned = 0;
  /** Whether the byte before is the end of a line, so that another end of line makes it a blank one. */
  #lineStart = true;

  /** @returns the frames that these bytes complete, in order */
  push(chunk: Buffer): Frame[] {
    const bytes = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    const frames: Frame[] = [];
    let start = 0;
    let i = this.#scanned;
    while (i < bytes.length) {
      const byte = bytes[i];
      if (byte !== LF && byte !== CR) {
        this.#lineStart = false;
        i += 1;
        continue;
      }
      // CR, LF and CRLF all end a line. A CR at the very end may be half of a CRLF: wait for the next byte.
      if (byte === CR && i + 1 === bytes.length) break;
      i += byte === CR && bytes[i + 1] === LF ? 2 : 1;
      if (this.#lineStart) {
        frames.push(readFrame(bytes.subarray(start, i), dataOf));
        start = i;
      }
      this.#lineStart = true;
    }
    this.#held = start === bytes.length ? undefined : bytes.subarray(start);
    this.#scanned = i - start;
    return frames;
  }

  /** What is left when the stream ends without a last blank line; undefined for nothing. */
  end(): Frame | undefined {
    const rest = this.#held;
    this.#held = undefined;
    this.#scanned = 0;
    this.#lineStart = true;
    return rest === undefined ? undefined : readFrame(rest, dataOf);
  }
}

/** The `data` field of an event: its lines joined, or undefined where it has none. */
export function dataOf(raw: Buffer): string | undefined {
  let data: string | undefined;
  for (const line of raw.toString("utf8").split(/\r\n|\n|\r/)) {
    if (!line.startsWith("data")) continue;
    const rest = line.slice(4);
    if (rest !== "" && !rest.startsWith(":")) continue;
    const value = rest.startsWith(": ") ? rest.slice(2) : rest.slice(1);
    data = data === undefined ? value : `${data}\n${value}`;
  }
  return data;
}
