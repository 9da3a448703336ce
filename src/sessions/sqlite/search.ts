/** Searches what was said: the index finds the newest items that match, of which the best are chosen by reading them. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { CodexPlusError } from "../../errors.ts";
import type { ThreadKind } from "../ledger.ts";
import { matchOf } from "../search/match.ts";
import { placesOf } from "../search/places.ts";
import { parseQuery, type Query } from "../search/query.ts";
import { type Candidate, ranked } from "../search/rank.ts";
import { snippetOf } from "../search/snippet.ts";
import { type Facts, monthsBetween } from "../search/words.ts";
import type { Hit, SearchFilter, SearchRole } from "../store.ts";
import { and, type Condition, inTime, ofKinds, ofThread } from "./filter.ts";
import { type Row, THREAD, threadRow } from "./rows.ts";

/** A person's conversations, and what was done for them. The other kinds say again what stands in these. */
const KINDS: readonly ThreadKind[] = ["user", "subagent", "review"];
const ROLES: readonly SearchRole[] = ["user", "assistant", "tool", "reasoning"];

/** How many hits are given where nobody says, and how many of one thread before those of others. */
const LIMIT = 20;
const PER_THREAD = 3;
/** So many of the newest matches are looked at, and so many of each role are read. */
const LOOKED_AT = 2000;
const READ: Readonly<Record<SearchRole, number>> = { user: 100, assistant: 100, tool: 80, reasoning: 40 };
/** Of a text so much is read to rank it, in UTF-16 units. */
const READ_LENGTH = 64 * 1024;
/** Up to so many threads are named to the index; more are not few, and are asked for row by row. */
const FEW_THREADS = 200;
/** As many months as are named to the index. */
const MOST_MONTHS = 120;

interface Found {
  readonly n: number;
  readonly thread: number;
  readonly turn: number | null;
  readonly role: SearchRole;
  readonly tool: string | null;
  readonly at: number;
}

/** What the filters leave: `facts` are for the index (one of each list), `where` for the rows. */
interface Scope {
  readonly facts: readonly (readonly Facts[])[];
  readonly where: Condition;
}

/** @throws CodexPlusError CP_USAGE where nothing is asked, or a filter has no meaning */
export function search(db: DatabaseSync, text: string, flags: SearchFilter): readonly Hit[] {
  const now = Date.now();
  const query = parseQuery(text, { now, here: flags.here ?? process.cwd() });
  const filters = [flags, ...query.filters];
  if (query.all.length + query.none.length === 0 && !filters.some(narrows)) {
    throw new CodexPlusError("CP_USAGE", text.trim() === "" ? "nothing to search for" : `${text} holds no word`);
  }
  const scope = scopeOf(db, filters);
  if (scope === undefined) return [];
  const limit = flags.limit ?? LIMIT;
  const terms = query.all.flat();
  const places = placesOf(terms);
  const read = db.prepare("SELECT text FROM item WHERE n = ?");
  const candidates = candidatesOf(db, query, scope, terms.length === 0 ? limit : undefined).map((found) => {
    const whole = String(read.get(found.n)?.text);
    const text = whole.slice(0, READ_LENGTH);
    return { ...found, text, places: places(text) } satisfies Candidate;
  });
  const best = terms.length === 0 ? candidates : ranked(candidates, terms, now);
  const one = filters.some(({ thread }) => thread !== undefined);
  return spread(best, one ? limit : PER_THREAD)
    .slice(0, limit)
    .map((found) => hitOf(db, found, snippetOf(found.text, found.places)));
}

function narrows(filter: SearchFilter): boolean {
  const { limit: _, here: __, ...rest } = filter;
  return Object.values(rest).some((value) => value !== undefined);
}

/** Undefined where no thread is in it. */
function scopeOf(db: DatabaseSync, filters: readonly SearchFilter[]): Scope | undefined {
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
  const months = monthsOf(db, filters);
  if (months !== undefined) facts.push(months);
  return { facts, where: and([...threads, ...items]) };
}

/** All of one conversation, its sub-agents included; the beginning of its id will do. */
function conversation(id: string): Condition {
  const begins = (column: string): string => `${column} >= ? AND ${column} < ? || char(0x10FFFF)`;
  return { sql: `${begins("thread.id")} OR ${begins("thread.root")}`, values: [id, id, id, id] };
}

/** Where an end of time is named: the newest are passed over without a look at each. */
function monthsOf(db: DatabaseSync, filters: readonly SearchFilter[]): readonly Facts[] | undefined {
  const before = Math.min(...filters.map(({ before = Number.POSITIVE_INFINITY }) => before));
  if (before === Number.POSITIVE_INFINITY) return undefined;
  const first = Number(db.prepare("SELECT min(created) AS at FROM thread").get()?.at);
  const months = monthsBetween(Math.max(first, ...filters.map(({ since = 0 }) => since)), before);
  return months.length > MOST_MONTHS ? undefined : months.map((at) => ({ at }));
}

/** Newest first, and of each role some. @param limit undefined: as many as are worth ranking */
function candidatesOf(db: DatabaseSync, query: Query, { facts, where }: Scope, limit: number | undefined): Found[] {
  const find = db.prepare(
    `SELECT item.n, item.thread, item.turn, item.role, item.tool, item.at
     FROM item_words CROSS JOIN item ON item.n = item_words.rowid CROSS JOIN thread ON thread.n = item.thread
     WHERE item_words MATCH ? AND item.role <> 'context' AND ${where.sql} ORDER BY item_words.rowid DESC LIMIT ?`,
  );
  const newest = (more: readonly (readonly Facts[])[], most: number): Found[] => {
    const values: SQLInputValue[] = [matchOf(query, [...facts, ...more]), ...where.values, most];
    return find.all(...values) as unknown as Found[];
  };
  if (limit !== undefined) return newest([], limit);
  const found = newest([], LOOKED_AT);
  return ROLES.flatMap((role) => {
    const own = found.filter((item) => item.role === role);
    // What a tool has printed a thousand times must not hide what was asked a year ago.
    const enough = found.length < LOOKED_AT || own.length >= READ[role];
    return (enough ? own : newest([[{ role }]], READ[role])).slice(0, READ[role]);
  });
}

/** The best of each thread first, then what else there is. */
function spread<T extends Found>(found: readonly T[], perThread: number): T[] {
  const counts = new Map<number, number>();
  const first: T[] = [];
  const later: T[] = [];
  for (const item of found) {
    const count = counts.get(item.thread) ?? 0;
    counts.set(item.thread, count + 1);
    (count < perThread ? first : later).push(item);
  }
  return [...first, ...later];
}

function hitOf(db: DatabaseSync, { n, thread, turn, role, tool, at }: Found, snippet: string): Hit {
  const row = db.prepare(`SELECT ${THREAD} FROM thread WHERE n = ?`).get(thread) as Row;
  return {
    thread: threadRow(row),
    turn: turn ?? undefined,
    item: n,
    role,
    ...(tool === null ? {} : { tool }),
    at,
    snippet,
  };
}
