/** What a fork has of the thread it was forked from: it is known there, and not to be told again. */
import type { ItemFacts, Leg } from "../ledger.ts";
import type { Imports } from "../sqlite/imports.ts";

export class Inheritance {
  readonly #imports: Imports;
  readonly #parent: string;
  /** The last item of the parent's that the fork has. */
  #last: ItemFacts | undefined;
  readonly #context: ItemFacts[] = [];
  #isOver = false;

  /** @param last where the fork's file does not repeat its parent's lines */
  constructor(imports: Imports, parent: string, last: ItemFacts | undefined) {
    this.#imports = imports;
    this.#parent = parent;
    this.#last = last;
  }

  /**
   * The leg, where it is the fork's own. The first of them brings the last inherited item along: by this the store knows
   * how much of its parent's history it has.
   */
  own(leg: Leg): Leg | undefined {
    if (this.#isOver) return leg;
    const items = [...leg.asked, ...leg.answered];
    const news = items.filter((item) => !this.#imports.hasAll(this.#parent, [item]));
    const isInherited = items.length === 0 || news.length < items.length;
    if (isInherited && news.every(({ role }) => role === "context")) {
      this.#last = items.findLast((item) => !news.includes(item)) ?? this.#last;
      // The fork's instructions stand behind what it inherits.
      this.#context.push(...news);
      return undefined;
    }
    this.#isOver = true;
    const last = this.#last === undefined ? [] : [this.#last];
    return { ...leg, asked: [...last, ...this.#context, ...leg.asked] };
  }
}
