/** The rows of turns and legs. A turn is the sum of its legs, reckoned anew whenever one of them changes. */
import type { DatabaseSync } from "node:sqlite";
import type { Leg } from "../../ledger.ts";

export interface KnownLeg {
  readonly n: number;
  readonly thread: number;
  readonly turn: number | null;
}

/** What a turn adds to its thread. */
interface Sums {
  readonly errors: number;
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

const LEG = [
  ["key", "thread", "turn", "source", "kind", "wire", "trigger", "model", "effort", "started", "first_byte_ms", "ms"],
  ["state", "status", "local", "dropped", "response_id", "input", "cached", "output", "reasoning", "error_code"],
  ["error_message"],
].flat();
/** What a leg that is given again leaves as it was. */
const FIXED = new Set(["key", "thread", "turn", "source"]);

const SUMS = "error_code IS NOT NULL AS errors, input, cached, output, reasoning";

export function turnRows(db: DatabaseSync) {
  const byId = db.prepare("SELECT n FROM turn WHERE thread = ? AND id = ?");
  const last = db.prepare("SELECT n FROM turn WHERE thread = ? ORDER BY position DESC LIMIT 1");
  const begin = db.prepare(
    `INSERT INTO turn (thread, id, position, kind, started, state)
     VALUES (?1, ?2, (SELECT coalesce(max(position), 0) + 1 FROM turn WHERE thread = ?1), ?3, ?4, ?5) RETURNING n`,
  );
  const count = db.prepare("UPDATE thread SET turns = turns + 1 WHERE n = ?");
  // The plus keeps SQLite from walking through all items of the thread.
  const adopt = db.prepare("UPDATE item SET turn = ?1 WHERE turn IS NULL AND +thread = ?2");
  const legByKey = db.prepare("SELECT n, thread, turn FROM leg WHERE key = ?");
  const elsewhere = db.prepare("SELECT 1 FROM leg WHERE turn = ? AND source <> ? LIMIT 1");
  const putLeg = db.prepare(
    `INSERT INTO leg (${LEG.join(", ")}) VALUES (${LEG.map(() => "?").join(", ")})
     ON CONFLICT (key) DO UPDATE SET ${LEG.filter((name) => !FIXED.has(name))
       .map((name) => `${name} = excluded.${name}`)
       .join(", ")}
     RETURNING n`,
  );
  const sums = db.prepare(`SELECT ${SUMS} FROM turn WHERE n = ?`);
  const settle = db.prepare(
    `WITH own AS (SELECT * FROM leg WHERE turn = ?1),
       first AS (SELECT * FROM own ORDER BY started, n LIMIT 1),
       newest AS (SELECT * FROM own ORDER BY started DESC, n DESC LIMIT 1)
     UPDATE turn SET
       kind = coalesce((SELECT kind FROM own WHERE kind = 'turn' LIMIT 1), first.kind),
       trigger = (SELECT trigger FROM own WHERE trigger IS NOT NULL ORDER BY started, n LIMIT 1),
       model = (SELECT model FROM own WHERE model IS NOT NULL ORDER BY started DESC, n DESC LIMIT 1),
       effort = (SELECT effort FROM own WHERE effort IS NOT NULL ORDER BY started DESC, n DESC LIMIT 1),
       started = first.started, first_byte_ms = first.first_byte_ms,
       ms = (SELECT max(started + ms) FROM own) - first.started,
       state = newest.state, error_code = newest.error_code, error_message = newest.error_message,
       local = (SELECT min(local) FROM own),
       limits = CASE WHEN ?2 IS NOT NULL AND ?3 >= newest.started THEN ?2 ELSE limits END,
       (input, cached, output, reasoning) = (SELECT coalesce(sum(input), 0), coalesce(sum(cached), 0),
         coalesce(sum(output), 0), coalesce(sum(reasoning), 0) FROM own)
     FROM first, newest WHERE turn.n = ?1 RETURNING ${SUMS}`,
  );
  const addUp = db.prepare(
    `UPDATE thread SET errors = errors + ?, input = input + ?, cached = cached + ?, output = output + ?,
       reasoning = reasoning + ? WHERE n = ?`,
  );
  const number = (row: unknown): number | undefined => (row as { n: number } | undefined)?.n;

  return {
    byId: (thread: number, id: string): number | undefined => number(byId.get(thread, id)),
    last: (thread: number): number | undefined => number(last.get(thread)),
    leg: (key: string): KnownLeg | undefined => legByKey.get(key) as KnownLeg | undefined,
    /** Whether another source has told of this turn's legs. */
    toldElsewhere: (turn: number, source: string): boolean => elsewhere.get(turn, source) !== undefined,

    /** A new turn. What its thread was told before, by a warmup, is its. */
    begin(thread: number, leg: Leg): number {
      const turn = number(begin.get(thread, leg.turn ?? null, leg.kind, leg.started, leg.state)) as number;
      count.run(thread);
      adopt.run(turn, thread);
      return turn;
    },

    putLeg(thread: number, turn: number | null, leg: Leg): number {
      const { usage, error } = leg;
      const row = putLeg.get(
        leg.key,
        thread,
        turn,
        leg.thread.source,
        leg.kind,
        leg.wire,
        leg.trigger ?? null,
        leg.model ?? null,
        leg.effort ?? null,
        leg.started,
        leg.firstByteMs ?? null,
        leg.ms ?? null,
        leg.state,
        leg.status ?? null,
        Number(leg.local),
        Number(leg.dropped),
        leg.responseId ?? null,
        usage?.input ?? null,
        usage?.cached ?? null,
        usage?.output ?? null,
        usage?.reasoning ?? null,
        error?.code ?? null,
        error?.message ?? null,
      );
      return number(row) as number;
    },

    /** Makes the turn what its legs are, and its thread the sum of its turns. */
    settle(thread: number, turn: number, leg: Leg): void {
      const before = sums.get(turn) as unknown as Sums;
      const limits = leg.limits === undefined ? null : JSON.stringify(leg.limits);
      const after = settle.get(turn, limits, leg.started) as unknown as Sums | undefined;
      if (after === undefined) return;
      const more = (name: keyof Sums): number => after[name] - before[name];
      addUp.run(more("errors"), more("input"), more("cached"), more("output"), more("reasoning"), thread);
    },
  };
}
