/** What is shown of one request and its answer, kept as references until the next batch. */
import type { RawHeaders } from "../../contracts.ts";
import type { Frame } from "../../protocol/frame.ts";
import type { Head, Tap, TapEnd } from "../../turn.ts";
import type { Draft } from "./batch.ts";
import { answerFields, requestFields } from "./fields.ts";

/** Where the memory for what is kept comes from. */
export interface Room {
  /** False where there is no room for so many bytes. */
  reserve(size: number): boolean;
  release(size: number): void;
  /** A leg has something to take away. @param pressing whether a crash must not take it along */
  wake(leg: Leg, pressing: boolean): void;
}

/** What a leg costs beside its bodies, in bytes. */
export const LEG_BYTES = 4096;
/** Deltas that wait to become an item, at most, in bytes. */
const MOST_HELD = 4 * 1024 * 1024;
/** Events behind which the deltas before them tell nothing new. */
const WHOLE: ReadonlySet<string> = new Set(["response.output_item.done", "response.completed"]);

export class Leg implements Tap {
  readonly #id: string;
  readonly #head: Head;
  readonly #provider: string;
  readonly #room: Room;
  readonly #at = Date.now();
  readonly #started = performance.now();
  #firstByte = 0;
  /** The request's pieces until it is whole; undefined where there was no room for them. */
  #asked: Buffer[] | undefined = [];
  #askedSize = 0;
  #drafts: Draft[] = [];
  /** Reserved for the drafts. */
  #size = LEG_BYTES;
  /** Deltas since the last item was done: what there is of the next one if the stream ends here. Undefined: too many. */
  #held: Buffer[] | undefined = [];
  #heldSize = 0;
  #begun = false;
  /** A piece of the relayed answer is missing: the rest could not be read. */
  #gap = false;
  #dropped = false;
  #deaf = false;

  /** @param room which has LEG_BYTES reserved for it */
  constructor(id: string, head: Head, provider: string, room: Room) {
    this.#id = id;
    this.#head = head;
    this.#provider = provider;
    this.#room = room;
  }

  /** Whether the worker has been told of it, or is about to be. */
  get begun(): boolean {
    return this.#begun;
  }

  asked(piece: Buffer): void {
    if (this.#deaf || this.#asked === undefined) return;
    if (this.#room.reserve(piece.length)) {
      this.#asked.push(piece);
      this.#askedSize += piece.length;
    } else this.#forgetAsked();
  }

  arrived(): void {
    if (!this.#deaf) this.#begin();
  }

  sent(body: Buffer): void {
    this.#keep("sent", body);
  }

  answered(status: number, headers: RawHeaders): void {
    this.#note({ what: "answered", id: this.#id, status, headers: answerFields(headers) });
  }

  bytes(piece: Buffer): void {
    this.#firstByte ||= performance.now();
    this.#gap ||= !this.#keep("bytes", piece);
  }

  frame(frame: Frame): void {
    this.#firstByte ||= performance.now();
    const { type } = frame;
    if (type.endsWith(".delta")) {
      this.#hold(frame.raw);
      return;
    }
    if (WHOLE.has(type)) this.#letGo();
    this.#keep("events", frame.raw);
  }

  end({ close, local, error }: TapEnd): void {
    if (this.#deaf) return;
    if (!this.#begun) {
      if (this.#drafts.length === 0) {
        // Nothing has come of it, and it will be asked again.
        this.abandon();
        return;
      }
      this.#forgetAsked();
      this.#begin();
    }
    this.#tellHeld();
    this.#note({
      what: "ended",
      id: this.#id,
      ms: performance.now() - this.#started,
      firstByteMs: this.#firstByte > 0 ? this.#firstByte - this.#started : undefined,
      close,
      local,
      error: error && { code: error.code, message: error.message },
      dropped: this.#dropped,
    });
    this.#deaf = true;
  }

  /** What there is for the next batch, and the room that is to be released when that is done with. */
  take(): { readonly drafts: readonly Draft[]; readonly size: number } {
    const taken = { drafts: this.#drafts, size: this.#size };
    this.#drafts = [];
    this.#size = 0;
    return taken;
  }

  /** Keeps nothing more: whoever knew its beginning is gone, or there is nothing to tell. */
  abandon(): void {
    this.#deaf = true;
    this.#room.release(this.#size + this.#askedSize + this.#heldSize);
    this.#asked = undefined;
    this.#held = undefined;
    this.#askedSize = 0;
    this.#heldSize = 0;
    this.#size = 0;
    this.#drafts = [];
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const pieces = this.#asked;
    this.#drafts.unshift({
      what: "begun",
      id: this.#id,
      wire: this.#head.wire,
      provider: this.#provider,
      path: this.#head.path,
      at: this.#at,
      headers: requestFields(this.#head, pieces !== undefined),
      ...(pieces && { pieces }),
    });
    this.#size += this.#askedSize;
    this.#askedSize = 0;
    this.#asked = undefined;
    this.#room.wake(this, true);
  }

  #forgetAsked(): void {
    this.#room.release(this.#askedSize);
    this.#askedSize = 0;
    this.#asked = undefined;
    this.#dropped = true;
  }

  /** False where there was no room for it. */
  #keep(what: "sent" | "bytes" | "events", piece: Buffer): boolean {
    if (this.#deaf || (this.#gap && what === "bytes")) return false;
    if (!this.#room.reserve(piece.length)) {
      this.#dropped = true;
      return false;
    }
    this.#size += piece.length;
    const last = this.#drafts.at(-1);
    if (last?.what === what && what !== "sent") last.pieces.push(piece);
    else this.#note({ what, id: this.#id, pieces: [piece] });
    return true;
  }

  #note(draft: Draft): void {
    if (this.#deaf) return;
    this.#drafts.push(draft);
    // Of what comes before the request is whole nothing is told yet.
    if (this.#begun) this.#room.wake(this, draft.what === "ended");
  }

  #hold(piece: Buffer): void {
    if (this.#deaf || this.#held === undefined) return;
    if (this.#heldSize < MOST_HELD && this.#room.reserve(piece.length)) {
      this.#held.push(piece);
      this.#heldSize += piece.length;
      return;
    }
    this.#letGo();
    this.#held = undefined;
  }

  #letGo(): void {
    if (this.#deaf) return;
    this.#room.release(this.#heldSize);
    this.#heldSize = 0;
    this.#held = [];
  }

  #tellHeld(): void {
    if (this.#held === undefined) this.#dropped = true;
    else if (this.#held.length > 0) this.#note({ what: "events", id: this.#id, pieces: this.#held });
    this.#size += this.#heldSize;
    this.#heldSize = 0;
    this.#held = undefined;
  }
}
