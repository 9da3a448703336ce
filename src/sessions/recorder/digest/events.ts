/** Server-sent events as spans of bytes: most are deltas, which are told apart here without a string being made of them. */
import { Growing } from "./growing.ts";

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
/** An event longer than this is passed over. The longest that Codex takes are some 70 MB. */
const MOST_BYTES = 96 * 1024 * 1024;

/** Told of an event: where it lies. The bytes are good until it returns. */
export type See = (bytes: Buffer, start: number, end: number) => void;

/** Takes a stream in any pieces, shows whole events with their blank lines. */
export class EventCutter {
  readonly #see: See;
  /** The event under way. */
  readonly #held = new Growing();
  #tooLong = false;

  constructor(see: See) {
    this.#see = see;
  }

  /** Whether an event was longer than what is kept. */
  get tooLong(): boolean {
    return this.#tooLong;
  }

  push(piece: Buffer): void {
    if (this.#held.length === 0) {
      const done = this.#cut(piece, 0);
      if (done < piece.length) this.#held.push(piece, done);
      return;
    }
    // The blank line may have begun in the bytes before.
    const from = Math.max(0, this.#held.length - 3);
    this.#held.push(piece);
    const done = this.#cut(this.#held.bytes, from);
    if (done > 0) this.#held.keepFrom(done);
    if (this.#held.length <= MOST_BYTES) return;
    this.#tooLong = true;
    this.#held.keepFrom(this.#held.length);
  }

  /** What is left when the stream has ended without a last blank line. */
  end(): void {
    if (this.#held.length > 0) this.#see(this.#held.bytes, 0, this.#held.length);
    this.#held.keepFrom(this.#held.length);
  }

  /** Shows every event that ends behind `from`. @returns where the last one ends */
  #cut(bytes: Buffer, from: number): number {
    let start = 0;
    for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
      const next = bytes[at + 1] === CR ? at + 2 : at + 1;
      if (bytes[next] !== LF) continue;
      at = next;
      this.#see(bytes, start, next + 1);
      start = next + 1;
    }
    return start;
  }
}

const EVENT_LINE = Buffer.from("event: ");
const DATA_TYPE = Buffer.from('data: {"type":"');
const BARE_TYPE = Buffer.from('{"type":"');
const DELTA = Buffer.from(".delta");

/**
 * Whether an event, of either wire, says by its first words that it is a delta. One that is written otherwise is found to
 * be a delta when it is parsed.
 */
export function isDelta(bytes: Buffer, start: number, end: number): boolean {
  let behind: number;
  if (stands(bytes, start, EVENT_LINE)) {
    behind = bytes.indexOf(LF, start);
    if (bytes[behind - 1] === CR) behind -= 1;
  } else if (stands(bytes, start, DATA_TYPE)) behind = bytes.indexOf(QUOTE, start + DATA_TYPE.length);
  else if (stands(bytes, start, BARE_TYPE)) behind = bytes.indexOf(QUOTE, start + BARE_TYPE.length);
  else return false;
  return behind < end && stands(bytes, behind - DELTA.length, DELTA);
}

function stands(bytes: Buffer, at: number, word: Buffer): boolean {
  for (let i = 0; i < word.length; i += 1) if (bytes[at + i] !== word[i]) return false;
  return true;
}
