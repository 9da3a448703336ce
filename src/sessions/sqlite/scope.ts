/** What the filters of a search leave, in the words of the index and in SQL. */
import type { DatabaseSync } from "node:sqlite";
import type { ThreadKind } from "../ledger.ts";
import { daysBetween, type Facts } from "../search/words.ts";
import type { SearchFilter } from "../store.ts";
import { and, type Condition, inTime, ofKinds, ofThread } from "./filter.ts";

/** A person's conversations, and what was done for them. The other kinds say again what stands in these. */
const KINDS: readonly ThreadKind[] = ["user", "subagent", "review"];
/** Up to so many threads are named to the index; more are not few, and are asked for row by row. */
const FEW_THREADS = 200;
/** So many days and months are named to the index at most: of ten years. */
const MOST_DAYS = 200;

/** `facts` are for the index (one of each list), `where` is for the rows of items and threads. */
export interface Scope {
  readonly facts: readonly (readonly Facts[])[];
  readonly where: Condition;
}

/** Undefined where no thread is in it. */
export function scopeOf(db: DatabaseSync, filters: readonly SearchFilter[]): Scope | undefined {
  const facts: (readonly Facts[])[] = [];
  const items: Condition[] = [];
  const threads: Condition[] = [...ofKinds(KINDS)];
  for (const filter of filters) {
    const { role, tool, since, before, thread } = filter;
    if (role !== undefined) facts.push([{ role }]);
    if (tool !== undefined) facts.push([{ tool }]);
    if (since !== undefined) items.push({ sql: "item.at >= ?", values: [since] });
    if (before !== undefined) items.push({ sql: "item.at < ?", values: [before] });
    if (thread !== undefined) threads.push(conversation(thread));
    threads.push(...ofThread(filter), ...inTime(filter));
  }
  if (threads.length === 1) return { facts, where: and(threads) };
  const where = and(threads);
  const few = db.prepare(`SELECT n FROM thread WHERE ${where.sql} LIMIT ?`).all(...where.values, FEW_THREADS + 1);
  if (few.length === 0) return undefined;
  if (few.length <= FEW_THREADS) {
    facts.push(few.map(({ n }) => ({ thread: Number(n) })));
    return { facts, where: and(items) };
  }
  const days = daysOf(db, filters);
  if (days?.length === 0) return undefined;
  if (days !== undefined) facts.push(days);
  return { facts, where: and([...threads, ...items]) };
}

/** All of one conversation, its sub-agents included; the beginning of its id will do. */
function conversation(id: string): Condition {
  const begins = (column: string): string => `${column} >= ? AND ${column} < ? || char(0x10FFFF)`;
  return { sql: `${begins("thread.id")} OR ${begins("thread.root")}`, values: [id, id, id, id] };
}

/** Where an end of time is named: the newest are passed over without a look at each. */
function daysOf(db: DatabaseSync, filters: readonly SearchFilter[]): readonly Facts[] | undefined {
  const before = Math.min(...filters.map(({ before = Number.POSITIVE_INFINITY }) => before));
  if (before === Number.POSITIVE_INFINITY) return undefined;
  const first = Number(db.prepare("SELECT min(created) AS at FROM thread").get()?.at);
  const days = daysBetween(Math.max(first, ...filters.map(({ since = 0 }) => since)), before);
  return days.length > MOST_DAYS ? undefined : days;
}
