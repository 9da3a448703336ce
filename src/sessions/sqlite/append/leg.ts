/** How a leg is taken down: its thread, its turn, its row, and those of its items that are new. */
import type { DatabaseSync } from "node:sqlite";
import type { Leg } from "../../ledger.ts";
import { askers } from "./asker.ts";
import { itemRows } from "./items.ts";
import { type Arrival, knownItems } from "./known.ts";
import { ancestorsOf } from "./lineage.ts";
import { saidSoFar } from "./said.ts";
import { threadRows } from "./thread.ts";
import { turnRows } from "./turn.ts";

/** Statements prepared once. What it returns is to be called inside a transaction. */
export function legs(db: DatabaseSync): (leg: Leg) => void {
  const threads = threadRows(db);
  const turns = turnRows(db);
  const known = knownItems(db);
  const items = itemRows(db);
  const said = saidSoFar(db);
  const below = askers(db);
  const threadId = db.prepare("SELECT id FROM thread WHERE n = ?");
  const putLimit = db.prepare(
    `INSERT INTO rate_limit (name, used_percent, window_minutes, resets_at, at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET used_percent = excluded.used_percent, window_minutes = excluded.window_minutes,
       resets_at = excluded.resets_at, at = excluded.at WHERE excluded.at >= at`,
  );

  /** The turn of a leg that is new here; null for a warmup. */
  function turnOf(thread: number, leg: Leg, arrivals: readonly Arrival[]): number | null {
    if (leg.kind === "warmup") return null;
    if (leg.turn !== undefined) return turns.byId(thread, leg.turn) ?? turns.begin(thread, leg);
    // The same request once more, after a failure, is the same turn.
    const news = leg.asked.length === 0 || arrivals.some(({ item, known }) => item.role === "user" && known === "new");
    const last = leg.begins && news ? undefined : turns.last(thread);
    return last ?? turns.begin(thread, leg);
  }

  return (told) => {
    const given = below(told);
    const before = turns.leg(given.key);
    const id = before === undefined ? said.find(given) : String(threadId.get(before.thread)?.id);
    const leg = id === given.thread.id ? given : renamed(given, id);
    const thread = threads.put(leg);
    const fresh =
      before === undefined &&
      leg.turn !== undefined &&
      turns.byId(thread.n, leg.turn) === undefined &&
      leg.kind === "turn";
    const ancestors = ancestorsOf(thread, threads);
    const { arrivals, forkedAt } = known({ thread: thread.n, ancestors, leg, stored: before?.n, fresh });
    const turn = before === undefined ? turnOf(thread.n, leg, arrivals) : before.turn;
    if (forkedAt > 0) threads.inherits(thread, forkedAt);

    // An import tells again of legs that were seen on the wire: of such a turn it has items to add, at most.
    const imported = before === undefined && turn !== null && leg.thread.source !== "wire";
    const row = imported && turns.toldElsewhere(turn, leg.thread.source) ? null : turns.putLeg(thread.n, turn, leg);
    const ended = leg.started + Math.round(leg.ms ?? 0);
    const callers = [thread.n, ...ancestors.map(({ thread: n }) => n)];
    for (const arrival of arrivals) {
      const at = arrival.answered ? ended : leg.started;
      items.put({ thread: thread.n, turn, leg: row, at }, arrival, callers);
    }
    const typed = arrivals.find(({ item, known }) => item.role === "user" && known === "new");
    if (typed !== undefined) threads.typed(thread, typed.item.text);
    if (turn !== null) turns.settle(thread.n, turn, leg);
    for (const { name, usedPercent, windowMinutes, resetsAt } of leg.limits ?? []) {
      putLimit.run(name, usedPercent, windowMinutes ?? null, resetsAt ?? null, ended);
    }
    said.keep(thread.n, given);
  };
}

function renamed(leg: Leg, id: string): Leg {
  const { thread } = leg;
  return { ...leg, thread: { ...thread, id, root: thread.root === thread.id ? id : thread.root } };
}
