/** What is exported of a session, whatever the format: its threads, and their items parsed and masked, some at a time. */
import { CodexPlusError } from "../../errors.ts";
import type { Item } from "../../protocol/request.ts";
import type { ItemRow, ThreadRow, TurnRow } from "../ledger.ts";
import { fieldsOf } from "../recorder/digest/values.ts";
import type { Reader } from "../store.ts";
import type { Mask } from "./mask.ts";

/** Items that are masked together: so many UTF-16 units of JSON at least. Memory stays at a few times that. */
const BATCH = 256 * 1024;

/** A thread of the session, with as much of it as belongs there. */
export interface Part {
  readonly thread: ThreadRow;
  /** The last `ItemRow.n` that belongs there; infinite but for what a fork inherits. */
  readonly upTo: number;
}

/** An item as it is told. */
export type Said = Omit<ItemRow, "text" | "body" | "sent"> & {
  readonly body: Item;
  readonly sent: readonly Item[] | undefined;
};

export interface Content {
  readonly masked: boolean;
  readonly session: Part;
  /** Oldest first. */
  readonly below: readonly Part[];
  /** What a fork has of the threads it was forked from, oldest first. */
  readonly inherited: readonly Part[];
  turns(part: Part): AsyncIterable<TurnRow>;
  /** @param turn those of this turn; null: those that wait for one */
  items(part: Part, turn: number | null): AsyncIterable<Said>;
  /** The first line of what a person typed in the turn; empty where nobody did. */
  prompt(turn: TurnRow): Promise<string>;
}

/** @throws CodexPlusError CP_SESSION_UNKNOWN */
export async function contentOf(reader: Reader, id: string, mask: Mask, masked: boolean): Promise<Content> {
  const thread = reader.thread(id);
  if (thread === undefined) throw new CodexPlusError("CP_SESSION_UNKNOWN", `there is no conversation ${id}`);
  const whole = (row: ThreadRow): Part => ({ thread: row, upTo: Number.POSITIVE_INFINITY });
  const below = reader.below(id).filter((row) => row.id !== id);
  const parts = await mask([whole(thread), below.map(whole), inheritedBy(reader, thread)] as const);

  async function* items({ thread, upTo }: Part, turn: number | null): AsyncIterable<Said> {
    let batch: Said[] = [];
    let size = 0;
    for (const row of reader.items(thread.id, turn)) {
      if (row.n > upTo) break;
      batch.push(said(row));
      size += row.body.length + (row.sent?.length ?? 0);
      if (size < BATCH) continue;
      yield* await mask(batch);
      batch = [];
      size = 0;
    }
    if (batch.length > 0) yield* await mask(batch);
  }

  async function* turns(part: Part): AsyncIterable<TurnRow> {
    for (const turn of turnsOf(reader, part)) yield* await mask([turn] as const);
  }

  async function prompt({ thread: owner, n }: TurnRow): Promise<string> {
    for (const { role, text } of reader.items(owner, n)) {
      if (role !== "user") continue;
      const [whole] = await mask([text.slice(0, BATCH).trim()] as const);
      return whole.split("\n", 1)[0] ?? "";
    }
    return "";
  }

  const [session, lower, inherited] = parts;
  return { masked, session, below: lower, inherited, turns, items, prompt };
}

function said({ text: _, body, sent, ...row }: ItemRow): Said {
  return { ...row, body: fieldsOf(JSON.parse(body)), sent: sent === undefined ? undefined : JSON.parse(sent) };
}

/** All but those that began behind the last item. One in which nothing was said belongs to what follows it. */
function* turnsOf(reader: Reader, { thread, upTo }: Part): Generator<TurnRow> {
  const silent: TurnRow[] = [];
  for (const turn of reader.turns(thread.id)) {
    if (upTo === Number.POSITIVE_INFINITY) yield turn;
    else {
      const first = firstOf(reader.items(thread.id, turn.n));
      if (first !== undefined && first > upTo) return;
      silent.push(turn);
      if (first !== undefined) yield* silent.splice(0);
    }
  }
}

/** The place of the first item, where there is one. */
function firstOf(items: Iterable<ItemRow>): number | undefined {
  for (const { n } of items) return n;
  return undefined;
}

/** The threads it was forked from, oldest first, each as far as it goes on in the fork. */
export function inheritedBy(reader: Reader, fork: ThreadRow): Part[] {
  const parts: Part[] = [];
  const seen = new Set([fork.id]);
  let upTo = Number.POSITIVE_INFINITY;
  for (let child = fork; child.forkedFrom !== undefined && child.forkedAt !== undefined; ) {
    upTo = Math.min(upTo, child.forkedAt);
    const thread = reader.thread(child.forkedFrom);
    if (thread === undefined || seen.has(thread.id)) break;
    seen.add(thread.id);
    parts.unshift({ thread, upTo });
    child = thread;
  }
  return parts.filter(({ thread, upTo: last }) => (firstOf(reader.items(thread.id)) ?? last + 1) <= last);
}
