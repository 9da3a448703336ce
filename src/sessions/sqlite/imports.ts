/** What an import has to know of the file, and what it puts in order there: a conversation may have been told by others too. */
import type { ItemFacts } from "../ledger.ts";
import { type ConnectionOptions, connection } from "./connection.ts";
import { transaction } from "./database.ts";

/** A file as it was when it was read. */
export interface Stamp {
  readonly size: number;
  /** ms since 1970. */
  readonly modified: number;
}

export interface Imports {
  /** How a file was when it was last imported. */
  stamp(path: string): Stamp | undefined;
  imported(path: string, stamp: Stamp): void;
  /** Whether anybody else has told of this thread. */
  toldElsewhere(thread: string): boolean;
  /** Whether a thread, or one that it was forked from, has all of these items, each as often as its `nth` says. */
  hasAll(thread: string, items: readonly ItemFacts[]): boolean;
  /** Moves items that came with the history of a later turn to the turn they were said in, if only an import knows that. */
  place(thread: string, turn: string, items: readonly ItemFacts[]): void;
  /** Numbers the thread's turns by their time. */
  order(thread: string): void;
  close(): void;
}

/**
 * @param path the database file. Opened at the first call.
 * @returns its calls throw CodexPlusError CP_FILE_UNUSABLE
 */
export function sqliteImports(path: string, options: ConnectionOptions = {}): Imports {
  const { use, close } = connection(
    path,
    (db) => ({
      stamp: db.prepare("SELECT size, modified FROM imported WHERE path = ?"),
      imported: db.prepare("INSERT OR REPLACE INTO imported (path, size, modified) VALUES (?, ?, ?)"),
      thread: db.prepare("SELECT n FROM thread WHERE id = ?"),
      turn: db.prepare(
        `SELECT turn.n FROM turn JOIN thread ON thread.n = turn.thread WHERE thread.id = ? AND turn.id = ?
           AND NOT EXISTS (SELECT 1 FROM leg WHERE leg.turn = turn.n AND leg.source <> 'codex')`,
      ),
      elsewhere: db.prepare(
        "SELECT 1 FROM leg JOIN thread ON thread.n = leg.thread WHERE thread.id = ? AND leg.source <> 'codex' LIMIT 1",
      ),
      lineage: db.prepare(
        `WITH RECURSIVE line (n, forked_from) AS (SELECT n, forked_from FROM thread WHERE id = ?
           UNION SELECT thread.n, thread.forked_from FROM thread JOIN line ON thread.id = line.forked_from)
         SELECT n FROM line`,
      ),
      byId: db.prepare("SELECT 1 FROM item WHERE thread = ? AND id = ?"),
      equal: db.prepare("SELECT count(*) AS count FROM item WHERE thread = ? AND hash = unhex(?)"),
      moveById: db.prepare("UPDATE item SET turn = ? WHERE thread = ? AND id = ? AND turn IS NOT NULL"),
      moveByHash: db.prepare(
        "UPDATE item SET turn = ? WHERE thread = ? AND hash = unhex(?) AND nth = ? AND turn IS NOT NULL",
      ),
      disordered: db.prepare(
        `SELECT n, place FROM (SELECT n, position, row_number() OVER (ORDER BY started, n) AS place FROM turn
           WHERE thread = ?) WHERE position <> place`,
      ),
      position: db.prepare("UPDATE turn SET position = ? WHERE n = ?"),
    }),
    options,
  );
  const numbered = (row: unknown): number | undefined => (row as { n: number } | undefined)?.n;

  return {
    stamp: (file) => use(({ stamp }) => stamp.get(file) as Stamp | undefined),
    imported: (file, { size, modified }) => use(({ imported }) => void imported.run(file, size, modified)),
    toldElsewhere: (thread) => use(({ elsewhere }) => elsewhere.get(thread) !== undefined),
    hasAll: (thread, items) =>
      use(({ lineage, byId, equal }) => {
        const line = lineage.all(thread).map(({ n }) => Number(n));
        return items.every(({ id, hash, nth = 1 }) => {
          if (id !== undefined) return line.some((n) => byId.get(n, id) !== undefined);
          return line.reduce((sum, n) => sum + Number(equal.get(n, hash)?.count), 0) >= nth;
        });
      }),
    place: (thread, turn, items) =>
      use(({ thread: threadById, turn: turnById, moveById, moveByHash }, db) => {
        const [n, to] = [numbered(threadById.get(thread)), numbered(turnById.get(thread, turn))];
        if (n === undefined || to === undefined) return;
        transaction(db, () => {
          for (const { id, hash, nth = 1 } of items) {
            if (id === undefined) moveByHash.run(to, n, hash, nth);
            else moveById.run(to, n, id);
          }
        });
      }),
    order: (thread) =>
      use(({ thread: threadById, disordered, position }, db) => {
        const n = numbered(threadById.get(thread));
        if (n === undefined) return;
        transaction(db, () => {
          const turns = disordered.all(n);
          // Two turns never have one position, not even for a moment.
          for (const { n: turn, place } of turns) position.run(-Number(place), turn as number);
          for (const { n: turn, place } of turns) position.run(Number(place), turn as number);
        });
      }),
    close,
  };
}
