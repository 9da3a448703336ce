/** Searches what was said: the index finds the newest items that match, of which the best are chosen by reading them. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { CodexPlusError } from "../../errors.ts";
import { loosely, matchOf, type Wanted, wantedOf } from "../search/match.ts";
import { placesOf } from "../search/places.ts";
import { parseQuery, type Query } from "../search/query.ts";
import { type Candidate, ranked } from "../search/rank.ts";
import { snippetOf } from "../search/snippet.ts";
import { type Facts, indexed } from "../search/words.ts";
import type { Hit, SearchFilter, SearchRole } from "../store.ts";
import { type Row, THREAD, threadRow } from "./rows.ts";
import { type Scope, scopeOf } from "./scope.ts";
import { vocabulary } from "./vocabulary.ts";

/** What people remember. */
const PEOPLE: readonly Facts[] = [{ role: "user" }, { role: "assistant" }];

/** How many hits are given where nobody says, and at most; and how many of one thread before those of others. */
const LIMIT = 20;
const MOST = 1000;
const PER_THREAD = 3;
/** So many of the newest matches are read to be ranked; and of what people have said so many, among so many before them. */
const READ = 200;
const READ_PEOPLE = 120;
const LOOKED_AT = 2000;
/** So many are looked through for what many words begin with. */
const LOOKED_THROUGH = 500;

interface Found {
  readonly n: number;
  readonly thread: number;
  readonly turn: number | null;
  readonly role: SearchRole;
  readonly tool: string | null;
  readonly at: number;
}

/** Items that match, newest first. */
type Newest = (wanted: Wanted, most: number, more?: readonly Facts[]) => IterableIterator<Found>;

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
  // What is asked of one thread, one role or one tool need not be mixed.
  const one = filters.some(({ thread }) => thread !== undefined);
  const mixed = filters.every(({ role, tool }) => role === undefined && tool === undefined);
  const found = best(db, { query, newest: newestOf(db, scope), limit, mixed, now });
  return hitsOf(db, spread(found, one ? limit : PER_THREAD).slice(0, limit));
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
  return (wanted, most, more) => {
    const values: SQLInputValue[] = [
      matchOf(wanted, more === undefined ? facts : [...facts, more]),
      ...where.values,
      most,
    ];
    return find.iterate(...values) as IterableIterator<unknown> as IterableIterator<Found>;
  };
}

interface Search {
  readonly query: Query;
  readonly newest: Newest;
  readonly limit: number;
  readonly mixed: boolean;
  readonly now: number;
}

/** At least `limit` hits where there are as many, best first. */
function best(db: DatabaseSync, search: Search): (Found & Candidate)[] {
  const { query, newest, limit, now } = search;
  const terms = query.all.flat();
  const wanted = wantedOf(query, vocabulary(db));
  const find = placesOf(terms);
  const texts = db.prepare("SELECT text FROM item WHERE n = ?");
  const read = (found: Found): Found & Candidate => {
    const text = indexed(String(texts.get(found.n)?.text));
    return { ...found, text, places: find(text) };
  };
  const loose = loosely(wanted);
  if (loose !== undefined) {
    const through = [...newest(loose, LOOKED_THROUGH)];
    const found = through.map(read).filter(matcher(query));
    if (found.length >= limit || through.length < LOOKED_THROUGH) return ranked(found, terms, now);
  }
  if (terms.length === 0) return [...newest(wanted, limit)].map(read);
  return ranked(candidates(wanted, search).map(read), terms, now);
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

/** What a tool has printed a thousand times must not hide what was asked a year ago. */
function candidates(wanted: Wanted, { newest, limit, mixed }: Search): Found[] {
  const most = Math.max(READ, limit);
  const found: Found[] = [];
  const people: Found[] = [];
  let seen = 0;
  for (const item of newest(wanted, mixed ? LOOKED_AT : most)) {
    seen += 1;
    if (seen <= most) found.push(item);
    else if (isOfPeople(item)) people.push(item);
    if (people.length === READ_PEOPLE) break;
  }
  if (seen < LOOKED_AT || !mixed) return [...found, ...people];
  const known = new Set(found.map(({ n }) => n));
  return [...found, ...[...newest(wanted, READ_PEOPLE, PEOPLE)].filter(({ n }) => !known.has(n))];
}

function isOfPeople({ role }: Found): boolean {
  return PEOPLE.some((facts) => facts.role === role);
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

function hitsOf(db: DatabaseSync, found: readonly (Found & Candidate)[]): Hit[] {
  const row = db.prepare(`SELECT ${THREAD} FROM thread WHERE n = ?`);
  return found.map(({ n, thread, turn, role, tool, at, text, places }) => {
    const facts = { turn: turn ?? undefined, item: n, role, ...(tool !== null && { tool }), at };
    return { thread: threadRow(row.get(thread) as Row), ...facts, snippet: snippetOf(text, places) };
  });
}
