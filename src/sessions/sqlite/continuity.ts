/** The shelf of continuity in `plus.db`. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Bridge, Mark, Sequence } from "../continuity/mark.ts";
import type { Change, Shelf, ThreadMemory, ThreadRow } from "../continuity/shelf.ts";
import { connection } from "./connection.ts";
import { transaction } from "./database.ts";

type Put = Readonly<Record<Change["what"], StatementSync>>;

/** It is the proxy's own thread that waits, in the midst of turns. What could not be written is given again. */
const BUSY_MS = 25;
/** The recorder's thread moves the log into the file. Where there is none, that is done here, but seldom. */
const CHECKPOINT_PAGES = 10_000;

/**
 * @param path the database file. Opened at the first call; what fails then is tried again at the next.
 * @param setAside told where a file was found broken, and under which name it lies now
 */
export function sqliteShelf(path: string, setAside?: (path: string) => void): Shelf {
  const { use, close } = connection(path, statements, {
    checkpointPages: CHECKPOINT_PAGES,
    setAside,
  });
  const alone = (act: (put: Put, db: DatabaseSync) => void): void =>
    use((put, db) => transaction(db, () => act(put, db), BUSY_MS));
  return {
    threads: () =>
      use((_, db) =>
        db
          .prepare("SELECT thread, parents, used FROM continuity_thread")
          .all()
          .map(
            (row): ThreadRow => ({ thread: String(row.thread), parents: json(row.parents), used: Number(row.used) }),
          ),
      ),
    load: (thread) => use((_, db) => load(db, thread)),
    write: (changes) =>
      alone((put) => {
        for (const change of changes) write(put, change);
      }),
    prune: (before) =>
      alone((_, db) => {
        for (const table of ["mark", "bridge", "sequence"]) {
          db.prepare(
            `DELETE FROM continuity_${table} WHERE thread IN (SELECT thread FROM continuity_thread WHERE used < ?)`,
          ).run(before);
        }
        db.prepare("DELETE FROM continuity_thread WHERE used < ?").run(before);
      }),
    close,
  };
}

function statements(db: DatabaseSync): Put {
  const put = (sql: string): StatementSync => db.prepare(`INSERT OR REPLACE INTO ${sql}`);
  return {
    thread: put("continuity_thread (thread, parents, used) VALUES (?, ?, ?)"),
    mark: put("continuity_mark (thread, key, mark) VALUES (?, ?, ?)"),
    bridge: put("continuity_bridge (thread, id, bridge) VALUES (?, ?, ?)"),
    sequence: put("continuity_sequence (thread, sequence) VALUES (?, ?)"),
    unmark: db.prepare("DELETE FROM continuity_mark WHERE thread = ? AND key = ?"),
    unbridge: db.prepare("DELETE FROM continuity_bridge WHERE thread = ? AND id = ?"),
  };
}

function write(put: Put, change: Change): void {
  const { thread } = change;
  if (change.what === "thread") put.thread.run(thread, JSON.stringify(change.parents), change.used);
  else if (change.what === "mark") put.mark.run(thread, change.key, JSON.stringify(change.mark));
  else if (change.what === "bridge") put.bridge.run(thread, change.id, JSON.stringify(change.bridge));
  else if (change.what === "unmark") put.unmark.run(thread, change.key);
  else if (change.what === "unbridge") put.unbridge.run(thread, change.id);
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
