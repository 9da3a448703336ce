/** The items of a request: only what is new to the store is read. */
import { hash } from "node:crypto";
import type { Span } from "../../../protocol/json-spans.ts";
import type { Item } from "../../../protocol/request.ts";
import type { ItemFacts } from "../../ledger.ts";
import { itemFacts } from "./item.ts";
import type { KnownItem, KnownThread } from "./known.ts";
import { fieldsOf } from "./values.ts";

/** Asks for a compaction, as the leg's kind tells; it is not part of what is said. */
const TRIGGER = "compaction_trigger";

export interface Asked {
  /** With the place that each has in the request. */
  readonly items: readonly { readonly index: number; readonly facts: ItemFacts }[];
  /** Whether somebody has said something since the model last spoke. */
  readonly fresh: boolean;
}

/**
 * @param whole whether these are the whole history, so that equal items without ids can be counted
 * @param known what the store has been told of this thread, and will be told now; undefined: tell everything
 */
export function askedItems(
  bytes: Buffer,
  spans: readonly Span[],
  {
    whole,
    known,
    blobBytes,
  }: { readonly whole: boolean; readonly known: KnownThread | undefined; readonly blobBytes: number },
): Asked {
  const items: { index: number; facts: ItemFacts }[] = [];
  const counts = new Map<string, number>();
  const seen: (KnownItem | undefined)[] = [];
  for (const [index, { start, end }] of spans.entries()) {
    const raw = bytes.subarray(start, end);
    const key = known === undefined ? "" : hash("sha1", raw, "base64");
    const before = known?.items.get(key);
    const facts = before === undefined ? read(raw, blobBytes) : undefined;
    const item = before ?? facts;
    seen.push(item);
    if (item === undefined || item.type === TRIGGER) continue;
    const nth = whole ? (counts.get(item.hash) ?? 0) + 1 : undefined;
    if (nth !== undefined) counts.set(item.hash, nth);
    const told = known?.told.get(item.hash) ?? 0;
    if (before !== undefined && (before.id !== undefined || (isCounted(before) && nth !== undefined && nth <= told))) {
      continue;
    }
    const full = facts ?? read(raw, blobBytes);
    if (full !== undefined) items.push({ index, facts: nth === undefined ? full : { ...full, nth } });
    const { id, type, role } = item;
    known?.items.set(key, { id, hash: item.hash, type, role });
    if (nth !== undefined) known?.told.set(item.hash, Math.max(told, nth));
  }
  return { items, fresh: saysNew(seen) };
}

/** A person may say the same again: of that the store judges by the turn. */
function isCounted({ role }: KnownItem): boolean {
  return role !== "user";
}

/** An item of a request whose input is one text. */
export function typedItem(text: string, blobBytes: number): ItemFacts {
  return itemFacts({ type: "message", role: "user", content: text }, { blobBytes });
}

/** Undefined for what cannot be read. */
function read(raw: Buffer, blobBytes: number): ItemFacts | undefined {
  try {
    const json = raw.toString("utf8");
    return itemFacts(fieldsOf(JSON.parse(json)) as Item, { blobBytes, json });
  } catch {
    return undefined;
  }
}

/** From the end: whether a person's words stand behind the last words of the model, or what it called for. */
function saysNew(items: readonly (KnownItem | undefined)[]): boolean {
  for (const item of items.toReversed()) {
    if (item === undefined || item.role === "context") continue;
    if (item.role === "user") return true;
    if (item.role !== "tool" || item.type !== "message") return false;
  }
  return false;
}
