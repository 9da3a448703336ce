/** Opens `plus.db` only to read it. */
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { openDatabase } from "./database.ts";
import { onFile } from "./failure.ts";
import { MIGRATIONS } from "./schema.ts";

/** How long somebody who has the file for himself (recovery, a checkpoint at the end) is waited for, in ms. */
const BUSY_MS = 5000;
/** What a search goes through again and again, in KiB. */
const CACHE = 32 * 1024;

export interface Reading {
  /**
   * The database as it is now: an empty one while there is none; another when the file has been replaced.
   * @throws CodexPlusError CP_FILE_UNUSABLE
   */
  open(): DatabaseSync;
  close(): void;
}

/** A file of an older version is made new first, as by whoever writes. */
export function reading(path: string): Reading {
  let opened: { readonly db: DatabaseSync; readonly file: string } | undefined;
  const close = (): void => {
    opened?.db.close();
    opened = undefined;
  };
  return {
    open() {
      const file = fileAt(path);
      if (opened?.file !== file) {
        close();
        opened = { db: file === "" ? emptyDatabase() : openFile(path), file };
      }
      return opened.db;
    },
    close,
  };
}

/** All that `act` reads is of one moment, whatever others write meanwhile. */
export function snapshot<R>(db: DatabaseSync, act: () => R): R {
  db.exec("BEGIN");
  try {
    return act();
  } finally {
    db.exec("COMMIT");
  }
}

/** Which file it is; empty where there is none. */
function fileAt(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? "" : `${stat.dev}:${stat.ino}`;
}

function emptyDatabase(): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  for (const migration of MIGRATIONS) db.exec(migration);
  return db;
}

/** @throws CodexPlusError CP_FILE_UNUSABLE where a newer Codex-Plus has made the file, or it is none of ours */
function openFile(path: string): DatabaseSync {
  const db = onFile(path, () => new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS }));
  try {
    const version = onFile(path, () => Number(db.prepare("PRAGMA user_version").get()?.user_version));
    if (version === MIGRATIONS.length) {
      db.exec(`PRAGMA cache_size = -${CACHE}`);
      return db;
    }
  } catch (error) {
    db.close();
    throw error;
  }
  db.close();
  // Made new, or refused.
  openDatabase(path).close();
  return openFile(path);
}
