/** The shelf of continuity in `plus.db`. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Bridge, Mark, Sequence } from "../continuity/mark.ts";
import type { Change, Shelf, ThreadMemory, ThreadRow } from "../continuity/shelf.ts";
import { openDatabase, transaction } from "./database.ts";

interface Open {
  readonly db: DatabaseSync;
  readonly put: Readonly<Record<Change["what"], StatementSync>>;
}

/**
 * @param path the database file. Opened at the first call; what fails then is tried again at the next.
 * @param checkpoints false where another connection moves what is written into the file: that can take long, and turns
 *   wait for what is done here
 */
export function sqliteShelf(path: string, checkpoints = true): Shelf {
  let opened: Open | undefined;
  const open = (): Open => {
    if (opened === undefined) {
      opened = prepare(openDatabase(path));
      if (!checkpoints) opened.db.exec("PRAGMA wal_autocheckpoint = 0");
    }
    return opened;
  };
  return {
    threads: () =>
      open()
        .db.prepare("SELECT thread, parents, used FROM continuity_thread")
        .all()
        .map((row): ThreadRow => ({ thread: String(row.thread), parents: json(row.parents), used: Number(row.used) })),
    load: (thread) => load(open().db, thread),
    write: (changes) => {
      const { db, put } = open();
      transaction(db, () => {
        for (const change of changes) write(put, change);
      });
    },
    prune: (before) => {
      const { db } = open();
      transaction(db, () => {
        for (const table of ["mark", "bridge", "sequence"]) {
          db.prepare(
            `DELETE FROM continuity_${table} WHERE thread IN (SELECT thread FROM continuity_thread WHERE used < ?)`,
          ).run(before);
        }
        db.prepare("DELETE FROM continuity_thread WHERE used < ?").run(before);
      });
    },
    close: () => {
      opened?.db.close();
      opened = undefined;
    },
  };
}

function prepare(db: DatabaseSync): Open {
  const put = (sql: string): StatementSync => db.prepare(`INSERT OR REPLACE INTO ${sql}`);
  return {
    db,
    put: {
      thread: put("continuity_thread (thread, parents, used) VALUES (?, ?, ?)"),
      mark: put("continuity_mark (thread, key, mark) VALUES (?, ?, ?)"),
      bridge: put("continuity_bridge (thread, id, bridge) VALUES (?, ?, ?)"),
      sequence: put("continuity_sequence (thread, sequence) VALUES (?, ?)"),
    },
  };
}

function write(put: Open["put"], change: Change): void {
  const { thread } = change;
  if (change.what === "thread") put.thread.run(thread, JSON.stringify(change.parents), change.used);
  else if (change.what === "mark") put.mark.run(thread, change.key, JSON.stringify(change.mark));
  else if (change.what === "bridge") put.bridge.run(thread, change.id, JSON.stringify(change.bridge));
  else put.sequence.run(thread, JSON.stringify(change.sequence));
}

function load(db: DatabaseSync, thread: string): ThreadMemory {
  const rows = (table: string) => db.prepare(`SELECT * FROM continuity_${table} WHERE thread = ?`).all(thread);
  const sequence = rows("sequence")[0];
  return {
    marks: new Map(rows("mark").map((row) => [String(row.key), json<Mark>(row.mark)])),
    bridges: new Map(rows("bridge").map((row) => [String(row.id), json<Bridge>(row.bridge)])),
    sequence: sequence === undefined ? undefined : json<Sequence>(sequence.sequence),
  };
}

/** What this file has written itself; SQLite sees to it that it is whole. */
function json<T>(value: unknown): T {
  return JSON.parse(String(value)) as T;
}
