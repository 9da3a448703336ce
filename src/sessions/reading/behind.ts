/** What has been said in a conversation since. */
import { inheritedBy } from "../export/content.ts";
import type { ItemRow, LegRow } from "../ledger.ts";
import type { Reader } from "../store.ts";
import type { Behind } from "./questions.ts";

/** So many UTF-16 units of JSON are told at a time, or one item. */
const BATCH = 256 * 1024;

/** @param after `ItemRow.n` of the last one that is known */
export function behind(reader: Reader, id: string, after: number): Behind {
  const thread = reader.thread(id);
  const none: Behind = { items: [], legs: new Map(), more: false };
  if (thread === undefined) return none;
  // Those of the threads it was forked from are all older than its own.
  const parts = [...inheritedBy(reader, thread), { thread, upTo: Number.POSITIVE_INFINITY }];
  const items: ItemRow[] = [];
  let size = 0;
  for (const part of parts) {
    for (const item of reader.items(part.thread.id, undefined, after)) {
      if (item.n > part.upTo) break;
      if (size >= BATCH) return { items, legs: legsOf(reader, items), more: true };
      items.push(item);
      size += item.body.length;
    }
  }
  return items.length === 0 ? none : { items, legs: legsOf(reader, items), more: false };
}

function legsOf(reader: Reader, items: readonly ItemRow[]): Behind["legs"] {
  const legs = new Map<number, Pick<LegRow, "model" | "usage">>();
  for (const n of new Set(items.map(({ leg }) => leg))) {
    const leg = n === undefined ? undefined : reader.leg(n);
    if (leg !== undefined) legs.set(leg.n, { model: leg.model, usage: leg.usage });
  }
  return legs;
}
