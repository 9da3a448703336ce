/** Putting a mark on an item: under its id, the id of its call, or its place in the sequence of a client without ids. */
import { randomBytes } from "node:crypto";
import type { Item } from "../../protocol/request.ts";
import { callKey, idKey, textOf } from "./identity.ts";
import type { Mark, Sequence } from "./mark.ts";
import { lastSaying } from "./sequence.ts";
import type { Change } from "./shelf.ts";

/** An item, and what its mark becomes. */
export interface Marking {
  readonly item: Item;
  /** Whether it came with the request; else it is one that the client is about to get. */
  readonly sent: boolean;
  readonly change: (mark: Mark) => Mark;
}

/** The history that a mark without an id is put in. */
export interface Ground {
  readonly thread: string;
  readonly mark: (key: string) => Mark | undefined;
  /** Whether the client sends ids. */
  readonly named: boolean;
  /** Asked only where an item is known by nothing but its text; undefined where there is no thread to keep it by. */
  readonly sequence: () => Sequence | undefined;
}

const UNTOUCHED: Mark = { behind: [] };

/** What has to be kept for these markings. */
export function markingChanges(ground: Ground, markings: readonly Marking[]): Change[] {
  const { thread } = ground;
  const changes: Change[] = [];
  let sequence: Sequence | undefined;
  for (const { item, sent, change } of markings) {
    // An item may have had its mark before it had its id.
    const byCall = typeof item.call_id === "string" ? callKey(item.type ?? "", item.call_id) : undefined;
    const put = (key: string): void => {
      const mark = ground.mark(key) ?? (byCall === undefined ? undefined : ground.mark(byCall));
      changes.push({ what: "mark", thread, key, mark: change(mark ?? UNTOUCHED) });
    };
    let known = false;
    if (typeof item.id === "string" && item.id !== "") {
      const key = idKey(item.id);
      known = ground.mark(key) !== undefined;
      put(key);
      // A client that gives no ids drops those it is given.
      if (sent || ground.named) continue;
    }
    if (byCall !== undefined) {
      put(byCall);
      continue;
    }
    sequence ??= ground.sequence();
    if (sequence === undefined) continue;
    const text = textOf(item);
    const { at, mark } = sent || known ? lastSaying(sequence, text) : { at: -1, mark: undefined };
    const key = mark ?? `=${text}.${randomBytes(6).toString("hex")}`;
    put(key);
    const items = at < 0 ? [...sequence.items, { text, mark: key }] : sequence.items.with(at, { text, mark: key });
    sequence = { ...sequence, items };
  }
  if (sequence !== undefined) changes.push({ what: "sequence", thread, sequence });
  return changes;
}
