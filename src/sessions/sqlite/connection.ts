/** A connection that mends itself: what has gone wrong with the file is told, and the next call begins anew. */
import { existsSync, renameSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { type OpenOptions, openDatabase } from "./database.ts";
import { isBroken, onFile } from "./failure.ts";

export interface ConnectionOptions extends OpenOptions {
  /** A broken file was found and put aside, under this name. */
  readonly setAside?: ((path: string) => void) | undefined;
  /** In place of `openDatabase`. */
  readonly open?: typeof openDatabase | undefined;
}

export interface Connection<T> {
  /**
   * Does something with the open file. If that turns out to be broken it is done once more, with a new one.
   * @throws CodexPlusError CP_FILE_UNUSABLE: it may be tried again at any time
   */
  use<R>(act: (tools: T, db: DatabaseSync) => R): R;
  close(): void;
}

interface Open<T> {
  readonly db: DatabaseSync;
  readonly file: string;
  readonly tools: T;
}

/** @param prepare makes what is made once for each opened file, such as statements. Nothing is opened before it is used. */
export function connection<T>(
  path: string,
  prepare: (db: DatabaseSync) => T,
  { setAside, open: openFile = openDatabase, ...options }: ConnectionOptions = {},
): Connection<T> {
  let opened: Open<T> | undefined;

  const open = (): Open<T> => {
    const db = openFile(path, options);
    try {
      opened = { db, file: fileAt(path), tools: prepare(db) };
      return opened;
    } catch (error) {
      db.close();
      throw error;
    }
  };
  const close = (): void => {
    const last = opened;
    opened = undefined;
    last?.db.close();
  };
  const attempt = <R>(act: (tools: T, db: DatabaseSync) => R): R => {
    // Somebody else may have put the file aside, or removed it: what is written to it then nobody finds again.
    if (opened !== undefined && opened.file !== fileAt(path)) close();
    const { tools, db } = opened ?? open();
    return act(tools, db);
  };

  return {
    use: (act) =>
      onFile(path, () => {
        const before = opened?.file ?? fileAt(path);
        try {
          return attempt(act);
        } catch (error) {
          const file = opened?.file ?? before;
          // An open connection keeps to what the file was when it was opened: unwritable, say.
          close();
          if (!isBroken(error)) throw error;
          // Unless somebody else has done it meanwhile.
          if (file === fileAt(path)) setAside?.(putAside(path));
          return attempt(act);
        }
      }),
    close,
  };
}

/** Which file it is, whatever its name; empty where there is none. */
function fileAt(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? "" : `${stat.dev}:${stat.ino}`;
}

/** Gives the file another name, its log first: SQLite would take that for the new file's. */
function putAside(path: string): string {
  const aside = `${path}.broken-${new Date().toISOString().replaceAll(":", "-")}`;
  for (const end of ["-wal", "-shm", ""]) if (existsSync(path + end)) renameSync(path + end, aside + end);
  return aside;
}
