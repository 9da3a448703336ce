/**
 * How threads go. First from sight, all at once; then their items, a few at a time, so that nobody waits long. What a fork
 * has of a thread stays with it, unseen (its kind is `removed`), until the fork goes too.
 */
import type { DatabaseSync } from "node:sqlite";
import { transaction } from "./database.ts";
import { dropping } from "./drop.ts";
import { unusedSince } from "./filter.ts";

/** So many rows go in one transaction: a few ms. */
const BATCH = 100;

export interface Removal {
  /** @returns how many threads have gone */
  remove(ids: readonly string[]): number;
  /** Threads last used before then (ms since 1970), and neither those below them nor forks of them since. */
  prune(before: number): number;
}

export function removal(db: DatabaseSync): Removal {
  const below = db.prepare(
    `WITH RECURSIVE low (n, id) AS (
       SELECT n, id FROM thread WHERE id IN (SELECT value FROM json_each(?)) AND kind <> 'removed'
       UNION SELECT thread.n, thread.id FROM low JOIN thread ON thread.root = low.id OR thread.parent = low.id)
     SELECT n, id FROM low`,
  );
  const hide = db.prepare(
    `UPDATE thread SET id = ?2, root = ?2, kind = 'removed', parent = NULL, title = NULL, prompt = '', cwd = NULL WHERE n = ?1`,
  );
  const follow = db.prepare("UPDATE thread SET forked_from = ? WHERE forked_from = ?");
  const forgetSaid = db.prepare("DELETE FROM said WHERE thread = ?");
  const hidden = db.prepare("SELECT n, id FROM thread WHERE kind = 'removed' ORDER BY n DESC");
  const wanted = db.prepare(
    "SELECT count(*) AS forks, coalesce(max(forked_at), 0) AS upTo FROM thread WHERE forked_from = ?",
  );
  const some = db.prepare(`SELECT n, body_hash FROM item WHERE thread = ? AND n > ? LIMIT ${BATCH}`);
  const drop = dropping(db);
  const dropLegs = db.prepare(
    `DELETE FROM leg WHERE n IN (SELECT n FROM leg WHERE thread = ?
       AND NOT EXISTS (SELECT 1 FROM item WHERE item.leg = leg.n) LIMIT ${BATCH})`,
  );
  const dropTurns = db.prepare(
    `DELETE FROM turn WHERE n IN (SELECT n FROM turn WHERE thread = ?
       AND NOT EXISTS (SELECT 1 FROM item WHERE item.turn = turn.n)
       AND NOT EXISTS (SELECT 1 FROM leg WHERE leg.turn = turn.n) LIMIT ${BATCH})`,
  );
  const dropCalls = db.prepare(
    `DELETE FROM call WHERE n IN (SELECT n FROM call WHERE thread = ?
       AND NOT EXISTS (SELECT 1 FROM item WHERE item.thread = call.thread AND item.call_id = call.call_id) LIMIT ${BATCH})`,
  );
  const dropThread = db.prepare("DELETE FROM thread WHERE n = ?");

  function dropItems(thread: number, upTo: number): number {
    const rows = some.all(thread, upTo);
    for (const { n, body_hash: hash } of rows) drop(Number(n), hash);
    return rows.length;
  }

  /** Does it again and again, each time in a transaction of its own, until it finds no more than it can do at once. */
  function repeat(act: () => number): void {
    let done = BATCH;
    while (done === BATCH) {
      transaction(db, () => {
        done = act();
      });
    }
  }

  /** Also goes on with what another process has left unfinished. */
  function purge(): void {
    // A fork stands behind the thread it was forked from: once it has gone, nothing keeps that.
    for (const { n, id } of hidden.all()) {
      const thread = Number(n);
      const { forks, upTo } = wanted.get(String(id)) as { forks: number; upTo: number };
      repeat(() => dropItems(thread, upTo));
      repeat(() => Number(dropCalls.run(thread).changes));
      repeat(() => Number(dropLegs.run(thread).changes));
      repeat(() => Number(dropTurns.run(thread).changes));
      if (forks === 0) dropThread.run(thread);
    }
  }

  function take(rows: readonly Record<string, unknown>[]): number {
    const left = [...rows];
    repeat(() => {
      const batch = left.splice(0, BATCH);
      for (const { n, id } of batch) {
        const unseen = `removed:${n}`;
        hide.run(Number(n), unseen);
        follow.run(unseen, String(id));
        forgetSaid.run(Number(n));
      }
      return batch.length;
    });
    purge();
    return rows.length;
  }

  return {
    remove: (ids) => take(below.all(JSON.stringify(ids))),
    prune(before) {
      const { sql, values } = unusedSince(before);
      return take(db.prepare(`SELECT n, id FROM thread WHERE ${sql}`).all(...values));
    },
  };
}
