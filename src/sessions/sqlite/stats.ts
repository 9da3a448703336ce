/** Turns, tokens, errors and latency of what was kept, by day, model or project. */
import type { DatabaseSync } from "node:sqlite";
import type { Usage } from "../ledger.ts";
import type { Percentiles, StatsBy, StatsRow, ThreadFilter } from "../store.ts";
import { and, type Condition, contains, ofKinds, ofThread } from "./filter.ts";

const KEYS: Readonly<Record<StatsBy, string>> = {
  // Of the time zone a quarter of an hour is the smallest step.
  day: "turn.started / 900000",
  model: "coalesce(turn.model, thread.model, '')",
  project: "coalesce(thread.cwd, '')",
};

/** The same of calls, which may belong to no turn. */
const CALL_KEYS: Readonly<Record<StatsBy, string>> = { ...KEYS, day: "call.at / 900000" };

/** A removed thread may be there for the sake of its forks. */
const EXISTING: Condition = { sql: "thread.kind <> 'removed'", values: [] };

interface Turn extends Usage {
  readonly key: string | number;
  readonly counts: number;
  readonly failed: number;
  readonly firstByteMs: number | null;
  readonly ms: number | null;
}

interface Calls {
  readonly key: string | number;
  readonly calls: number;
  readonly failed: number;
}

interface Sum {
  turns: number;
  errors: number;
  calls: number;
  failedCalls: number;
  input: number;
  cached: number;
  output: number;
  reasoning: number;
  readonly firstBytes: number[];
  readonly whole: number[];
}

/**
 * Days in order, models and projects by how much they were used; of `limit` days the last. Tokens are those of all that
 * the filter lets through (where it names no kinds: of side requests too); turns, errors and latency are a person's turns,
 * or those of the kinds that are named. Turns answered here have no latency. Times are when a turn began, or a call.
 */
export function stats(db: DatabaseSync, by: StatsBy, filter: ThreadFilter): readonly StatsRow[] {
  const { limit, kinds } = filter;
  const where = whereOf(filter, "turn.started");
  const persons = kinds === undefined ? "turn.kind = 'turn' AND thread.kind = 'user'" : "turn.kind = 'turn'";
  const rows = db
    .prepare(
      `SELECT ${KEYS[by]} AS key, ${persons} AS counts, turn.error_code IS NOT NULL AS failed,
         CASE WHEN turn.local THEN NULL ELSE turn.first_byte_ms END AS firstByteMs,
         CASE WHEN turn.local THEN NULL ELSE turn.ms END AS ms,
         turn.input, turn.cached, turn.output, turn.reasoning
       FROM turn JOIN thread ON thread.n = turn.thread WHERE ${where.sql}`,
    )
    .iterate(...where.values) as IterableIterator<unknown> as IterableIterator<Turn>;
  const dayOf = days();
  const sums = new Map<string, Sum>();
  const sumOf = ({ key: told }: { readonly key: string | number }): Sum => {
    const key = typeof told === "number" ? dayOf(told) : told;
    const sum = sums.get(key) ?? nothing();
    sums.set(key, sum);
    return sum;
  };
  for (const turn of rows) add(sumOf(turn), turn);
  for (const calls of callsBy(db, by, filter)) {
    const sum = sumOf(calls);
    sum.calls += calls.calls;
    sum.failedCalls += calls.failed;
  }
  const found = [...sums].map(([key, sum]) => statsRow(key, sum));
  if (by === "day") return found.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(limit === undefined ? 0 : -limit);
  return found.sort((a, b) => b.turns - a.turns || b.usage.input - a.usage.input).slice(0, limit);
}

function whereOf(filter: ThreadFilter, began: string): Condition {
  const { model, since, before, kinds } = filter;
  const conditions: Condition[] = [EXISTING, ...ofKinds(kinds), ...ofThread({ ...filter, model: undefined })];
  if (model !== undefined) conditions.push(contains("coalesce(turn.model, thread.model)", model));
  if (since !== undefined) conditions.push({ sql: `${began} >= ?`, values: [since] });
  if (before !== undefined) conditions.push({ sql: `${began} < ?`, values: [before] });
  return and(conditions);
}

/** A call is of the turn that its item is of. */
function callsBy(db: DatabaseSync, by: StatsBy, filter: ThreadFilter): Iterable<Calls> {
  const where = whereOf(filter, "call.at");
  const turn = `(SELECT turn FROM item WHERE item.thread = call.thread AND item.call_id = call.call_id
    ORDER BY abs(item.at - call.at) LIMIT 1)`;
  return db
    .prepare(
      `SELECT ${CALL_KEYS[by]} AS key, count(*) AS calls, sum(call.failed) AS failed
       FROM call JOIN thread ON thread.n = call.thread LEFT JOIN turn ON turn.n = ${turn}
       WHERE ${where.sql} GROUP BY 1`,
    )
    .iterate(...where.values) as IterableIterator<unknown> as IterableIterator<Calls>;
}

/** @returns what gives the person's own day of a quarter of an hour */
function days(): (quarter: number) => string {
  const known = new Map<number, string>();
  return (quarter) => {
    const day = known.get(quarter) ?? localDay(new Date(quarter * 900_000));
    known.set(quarter, day);
    return day;
  };
}

function localDay(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function nothing(): Sum {
  return {
    turns: 0,
    errors: 0,
    calls: 0,
    failedCalls: 0,
    input: 0,
    cached: 0,
    output: 0,
    reasoning: 0,
    firstBytes: [],
    whole: [],
  };
}

function add(sum: Sum, turn: Turn): void {
  sum.input += turn.input;
  sum.cached += turn.cached;
  sum.output += turn.output;
  sum.reasoning += turn.reasoning;
  if (turn.counts === 0) return;
  sum.turns += 1;
  sum.errors += turn.failed;
  if (turn.firstByteMs !== null) sum.firstBytes.push(turn.firstByteMs);
  if (turn.ms !== null) sum.whole.push(turn.ms);
}

function statsRow(key: string, sum: Sum): StatsRow {
  const { turns, errors, calls, failedCalls, firstBytes, whole, ...usage } = sum;
  return {
    key,
    turns,
    usage,
    errors,
    calls,
    failedCalls,
    firstByteMs: percentiles(firstBytes),
    ms: percentiles(whole),
  };
}

function percentiles(values: number[]): Percentiles | undefined {
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
