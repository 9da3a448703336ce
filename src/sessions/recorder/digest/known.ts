/**
 * What earlier legs have told the store of each thread, so that a history of megabytes is not read again with each of its
 * requests. Only a saving: what is forgotten here is told again, and the store passes over it.
 */
import type { ItemFacts, Role } from "../../ledger.ts";

/** Items remembered at most, of all threads together; some 200 bytes each. */
const MOST_ITEMS = 100_000;

/** What has to be known of an item that is not told again. */
export type KnownItem = Pick<ItemFacts, "id" | "hash" | "type"> & { readonly role: Role };

/** One thread's items by the hash of their very bytes. */
export class KnownThread {
  readonly items = new Map<string, KnownItem>();
  /** Of items that say the same, by hash: how many the store has been told of in whole requests. */
  readonly told = new Map<string, number>();
  /** The response to its last warmup: what names it goes on from nothing. */
  warmup: string | undefined;
  /** As last changed on the way. */
  effort: string | undefined;
}

export class Known {
  /** The least recently used first. */
  readonly #threads = new Map<string, KnownThread>();

  thread(id: string): KnownThread {
    const known = this.#threads.get(id) ?? new KnownThread();
    this.#threads.delete(id);
    this.#threads.set(id, known);
    this.#forget();
    return known;
  }

  /** The store has lost something: everything is to be told again. */
  clear(): void {
    this.#threads.clear();
  }

  #forget(): void {
    let size = 0;
    for (const { items } of this.#threads.values()) size += items.size + 1;
    for (const [id, { items }] of this.#threads) {
      if (size <= MOST_ITEMS) return;
      size -= items.size + 1;
      this.#threads.delete(id);
    }
  }
}
