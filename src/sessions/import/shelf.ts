/** The legs of one file on their way into the ledger, some at a time, so that a file of any size takes little memory. */
import type { Leg } from "../ledger.ts";
import type { Imports } from "../sqlite/imports.ts";
import type { Writer } from "../store.ts";

/** Characters of items that are held before they are written. */
const MOST = 512 * 1024;

export class Shelf {
  readonly #writer: Writer;
  readonly #imports: Imports;
  readonly #thread: string;
  /** Whether the wire has told of the thread too: what it has told is not told again, but put where it belongs. */
  readonly #isMixed: boolean;
  #legs: Leg[] = [];
  #size = 0;
  #any = false;

  constructor({ writer, imports }: { readonly writer: Writer; readonly imports: Imports }, thread: string) {
    this.#writer = writer;
    this.#imports = imports;
    this.#thread = thread;
    this.#isMixed = imports.toldElsewhere(thread);
  }

  put(leg: Leg): void {
    this.#any = true;
    this.#legs.push(leg);
    for (const { body, text } of [...leg.asked, ...leg.answered]) this.#size += body.length + text.length;
    if (this.#size > MOST) this.#write();
  }

  /** @returns whether there was anything */
  close(): boolean {
    this.#write();
    if (this.#isMixed) this.#imports.order(this.#thread);
    return this.#any;
  }

  #write(): void {
    const legs = this.#legs;
    this.#legs = [];
    this.#size = 0;
    if (legs.length === 0) return;
    this.#writer.append(this.#isMixed ? legs.map((leg) => this.#news(leg)) : legs);
    if (!this.#isMixed) return;
    for (const { turn, asked, answered } of legs) {
      if (turn !== undefined) this.#imports.place(this.#thread, turn, [...asked, ...answered]);
    }
  }

  /** The leg without what is known by its count: a prompt that begins a turn would be taken for a new one. */
  #news(leg: Leg): Leg {
    if (leg.turn === undefined) return leg;
    const isNew = (item: Leg["asked"][number]): boolean =>
      item.id !== undefined || !this.#imports.hasAll(this.#thread, [item]);
    return { ...leg, asked: leg.asked.filter(isNew) };
  }
}
