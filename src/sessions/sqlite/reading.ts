/** Opens `plus.db` only to read it. */
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { CodexPlusError } from "../../errors.ts";
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

function openFile(path: string): DatabaseSync {
  if (versionAt(path) < MIGRATIONS.length) openDatabase(path).close();
  return onFile(path, () => {
    const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
    db.exec(`PRAGMA cache_size = -${CACHE}`);
    return db;
  });
}

/** @throws CodexPlusError CP_FILE_UNUSABLE where a newer Codex-Plus has made the file, or it is none of ours */
function versionAt(path: string): number {
  return onFile(path, () => {
    const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
    try {
      const version = Number(db.prepare("PRAGMA user_version").get()?.user_version);
      if (version <= MIGRATIONS.length) return version;
      throw new CodexPlusError("CP_FILE_UNUSABLE", `${path} is of a newer Codex-Plus (its version is ${version})`);
    } finally {
      db.close();
    }
  });
}
