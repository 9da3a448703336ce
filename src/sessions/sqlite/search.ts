/** Searches what was said: the index finds the newest items that match, of which the best are chosen by reading them. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { CodexPlusError } from "../../errors.ts";
import { loosely, matchOf, type Wanted, wantedOf } from "../search/match.ts";
import { placesOf } from "../search/places.ts";
import { parseQuery, type Query } from "../search/query.ts";
import { type Candidate, ranked } from "../search/rank.ts";
import { snippetOf } from "../search/snippet.ts";
import type { Facts } from "../search/words.ts";
import type { Hit, SearchFilter, SearchRole } from "../store.ts";
import { type Row, THREAD, threadRow } from "./rows.ts";
import { type Scope, scopeOf } from "./scope.ts";
import { vocabulary } from "./vocabulary.ts";

const ROLES: readonly SearchRole[] = ["user", "assistant", "tool", "reasoning"];

/** How many hits are given where nobody says, and at most; and how many of one thread before those of others. */
const LIMIT = 20;
const MOST = 1000;
const PER_THREAD = 3;
/** So many of the newest matches are looked at, and so many of each role are read. */
const LOOKED_AT = 500;
const READ: Readonly<Record<SearchRole, number>> = { user: 80, assistant: 80, tool: 60, reasoning: 30 };
/** Of a text so much is read to rank it, in UTF-16 units. */
const READ_LENGTH = 64 * 1024;

interface Found {
  readonly n: number;
  readonly thread: number;
  readonly turn: number | null;
  readonly role: SearchRole;
  readonly tool: string | null;
  readonly at: number;
}

/** The newest items that match, with no more than so many. */
type Newest = (wanted: Wanted, more: readonly (readonly Facts[])[], most: number) => readonly Found[];

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
  const limit = Math.min(flags.limit ?? LIMIT, MOST);
  const one = filters.some(({ thread }) => thread !== undefined);
  return spread(best(db, query, newestOf(db, scope), limit, now), one ? limit : PER_THREAD)
    .slice(0, limit)
    .map((found) => hitOf(db, found));
}

function narrows(filter: SearchFilter): boolean {
  const { limit: _, here: __, ...rest } = filter;
  return Object.values(rest).some((value) => value !== undefined);
}

function newestOf(db: DatabaseSync, { facts, where }: Scope): Newest {
  const find = db.prepare(
    `SELECT item.n, item.thread, item.turn, item.role, item.tool, item.at
     FROM item_words CROSS JOIN item ON item.n = item_words.rowid CROSS JOIN thread ON thread.n = item.thread
     WHERE item_words MATCH ? AND item.role <> 'context' AND ${where.sql} ORDER BY item_words.rowid DESC LIMIT ?`,
  );
  return (wanted, more, most) => {
    const values: SQLInputValue[] = [matchOf(wanted, [...facts, ...more]), ...where.values, most];
    return find.all(...values) as unknown as readonly Found[];
  };
}

/** At least `limit` hits where there are as many, best first. */
function best(db: DatabaseSync, query: Query, newest: Newest, limit: number, now: number): (Found & Candidate)[] {
  const terms = query.all.flat();
  const wanted = wantedOf(query, vocabulary(db));
  const find = placesOf(terms);
  const text = db.prepare("SELECT text FROM item WHERE n = ?");
  const read = (found: Found): Found & Candidate => {
    const whole = String(text.get(found.n)?.text).slice(0, READ_LENGTH);
    return { ...found, text: whole, places: find(whole) };
  };
  const loose = loosely(wanted);
  if (loose !== undefined) {
    const matches = matcher(query);
    const found = newest(loose, [], LOOKED_AT).map(read).filter(matches);
    if (found.length >= limit) return ranked(found, terms, now);
  }
  if (terms.length === 0) return newest(wanted, [], limit).map(read);
  return ranked(candidates(newest, wanted, limit).map(read), terms, now);
}

/** Whether a text has what is asked for, by its places of the terms. */
function matcher({ all, none }: Query): (candidate: Candidate) => boolean {
  const terms = all.flat();
  const unwanted = placesOf(none);
  return ({ text, places }) => {
    const had = new Set(places.map(({ term }) => terms[term]));
    return all.every((group) => group.some((term) => had.has(term))) && unwanted(text).length === 0;
  };
}

/** The newest of each role: what a tool has printed a thousand times must not hide what was asked a year ago. */
function candidates(newest: Newest, wanted: Wanted, limit: number): Found[] {
  const found = newest(wanted, [], LOOKED_AT);
  return ROLES.flatMap((role) => {
    const most = Math.max(READ[role], limit);
    const own = found.filter((item) => item.role === role);
    return found.length < LOOKED_AT || own.length >= most ? own.slice(0, most) : newest(wanted, [[{ role }]], most);
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

function hitOf(db: DatabaseSync, { n, thread, turn, role, tool, at, text, places }: Found & Candidate): Hit {
  const row = db.prepare(`SELECT ${THREAD} FROM thread WHERE n = ?`).get(thread) as Row;
  const facts = { turn: turn ?? undefined, item: n, role, ...(tool !== null && { tool }), at };
  return { thread: threadRow(row), ...facts, snippet: snippetOf(text, places) };
}
