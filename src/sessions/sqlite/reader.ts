/** Reads the ledger of sessions from `plus.db`, while others write it. */
import type { DatabaseSync } from "node:sqlite";
import type { Blob, Limit, ThreadRow } from "../ledger.ts";
import type { Reader } from "../store.ts";
import { and, inTime, ofKinds, ofThread, unusedSince } from "./filter.ts";
import { reading, snapshot } from "./reading.ts";
import { BELOW, CALL, ITEM, itemRow, LEG, legRow, type Row, THREAD, TURN, threadRow, turnRow } from "./rows.ts";
import { search } from "./search.ts";
import { stats } from "./stats.ts";

/** How many rows are given where nobody says. */
const LIMIT = 50;

/**
 * @param path the database file. A missing one reads as empty; one of an older version is first made new.
 * @returns a reader whose calls throw CP_FILE_UNUSABLE where the file is no database of ours
 */
export function sqliteReader(path: string): Reader {
  const { open, close } = reading(path);
  const all = (sql: string, ...values: (string | number)[]): readonly Row[] =>
    open()
      .prepare(sql)
      .all(...values);
  const place = (id: string): number => Number(all("SELECT n FROM thread WHERE id = ?", id)[0]?.n ?? 0);

  return {
    threads(filter) {
      const unused = filter.unusedSince === undefined ? [] : [unusedSince(filter.unusedSince)];
      const where = and([...ofKinds(filter.kinds ?? ["user"]), ...ofThread(filter), ...inTime(filter), ...unused]);
      return open()
        .prepare(`SELECT ${THREAD} FROM thread WHERE ${where.sql} ORDER BY used DESC LIMIT ?`)
        .all(...where.values, filter.limit ?? LIMIT)
        .map(threadRow);
    },
    thread: (id) => all(`SELECT ${THREAD} FROM thread WHERE id = ?`, id).map(threadRow)[0],
    find: (prefix, limit): readonly ThreadRow[] =>
      all(
        `SELECT ${THREAD} FROM thread WHERE id >= ?1 AND id < ?1 || char(0x10FFFF) AND kind <> 'removed'
         ORDER BY used DESC LIMIT ?2`,
        prefix,
        limit,
      ).map(threadRow),
    below: (id) =>
      all(
        `SELECT ${THREAD} FROM thread WHERE n IN (SELECT low.n FROM thread, thread AS low WHERE thread.id = ? AND ${BELOW})
         ORDER BY created, n`,
        id,
      ).map(threadRow),
    *turns(thread) {
      const db = open();
      const legs = db.prepare(`SELECT ${LEG} FROM leg WHERE turn = ? ORDER BY started, n`);
      for (const row of db
        .prepare(`SELECT ${TURN} FROM turn WHERE thread = ? ORDER BY position`)
        .iterate(place(thread))) {
        yield turnRow(row, thread, legs.all(Number(row.n)));
      }
    },
    *items(thread, turn, after = 0) {
      // The plus keeps SQLite from the index of the other column.
      const where =
        turn === undefined ? "thread = ?" : turn === null ? "thread = ? AND turn IS NULL" : "+thread = ? AND turn = ?";
      const at = place(thread);
      const callOf = callsOf(open(), at);
      const rows = open()
        .prepare(
          `SELECT ${ITEM} FROM item LEFT JOIN text ON text.hash = item.body_hash WHERE ${where} AND item.n > ? ORDER BY item.n`,
        )
        .iterate(at, ...(typeof turn === "number" ? [turn] : []), after);
      for (const row of rows) yield itemRow(row, callOf(row));
    },
    leg: (n) => all(`SELECT ${LEG} FROM leg WHERE n = ?`, n).map(legRow)[0],
    blob(hash): Blob | undefined {
      const row = all("SELECT media_type, size, bytes FROM blob WHERE hash = unhex(?)", hash)[0];
      if (row === undefined) return undefined;
      const bytes = row.bytes === null ? {} : { bytes: row.bytes as Uint8Array };
      return { hash, mediaType: String(row.media_type), size: Number(row.size), ...bytes };
    },
    search(query, filter) {
      const db = open();
      return snapshot(db, () => search(db, query, filter));
    },
    stats: (by, filter) => stats(open(), by, filter),
    limits: () =>
      all("SELECT name, used_percent, window_minutes, resets_at FROM rate_limit ORDER BY name").map(
        (row): Limit => ({
          name: String(row.name),
          usedPercent: Number(row.used_percent),
          ...(row.window_minutes === null ? {} : { windowMinutes: Number(row.window_minutes) }),
          ...(row.resets_at === null ? {} : { resetsAt: Number(row.resets_at) }),
        }),
      ),
    close,
  };
}

/** @returns what gives the row of the call that an item of the thread is */
function callsOf(db: DatabaseSync, thread: number): (item: Row) => Row | undefined {
  if (db.prepare("SELECT 1 FROM call WHERE thread = ? LIMIT 1").get(thread) === undefined) return () => undefined;
  // Where call ids come again, it is the one that was made next to its item.
  const find = db.prepare(
    `SELECT ${CALL} FROM call WHERE thread = ? AND call_id = ? AND name = ? ORDER BY abs(at - ?), n LIMIT 1`,
  );
  return ({ type, tool, callId, at }) =>
    String(type).endsWith("_call") && callId !== null
      ? find.get(thread, String(callId), String(tool), Number(at))
      : undefined;
}
