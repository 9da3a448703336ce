/** `plus.db`: one SQLite file for all that is kept of sessions. */
import { chmodSync, closeSync, existsSync, linkSync, mkdirSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { threadId } from "node:worker_threads";
import { CodexPlusError } from "../../errors.ts";
import { backUp } from "./backup.ts";
import { isBusy, onFile } from "./failure.ts";
import { MIGRATIONS } from "./schema.ts";

export interface OpenOptions {
  /** From how many pages (of 4 KB) on a commit also moves the log into the file. */
  readonly checkpointPages?: number | undefined;
}

/** How long others may hold the lock before a transaction of ours, in ms. */
const BUSY_MS = 2000;
/** SQLite asks more and more seldom for a lock, and misses it where others write all the time: we ask again ourselves. */
const ASK_MS = 1;
/** Who finds the file being made new waits for that, once. */
const MIGRATION_BUSY_MS = 10_000;
/** SQLite's own. */
const CHECKPOINT_PAGES = 1000;
/** What the log may keep of the disk, in bytes, after something large was written. */
const LOG_BYTES = 64 * 1024 * 1024;

/**
 * Opens the file, made if need be (0600, its folder 0700), in the newest version. What is committed survives the end of
 * the process at any moment (WAL), the loss of power all but its last moments.
 * @throws CodexPlusError CP_FILE_UNUSABLE
 */
export function openDatabase(path: string, options: OpenOptions = {}): DatabaseSync {
  const { checkpointPages = CHECKPOINT_PAGES } = options;
  return onFile(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (!existsSync(path)) begin(path);
    return closedOnFailure(new DatabaseSync(path, { timeout: MIGRATION_BUSY_MS }), (db) => {
      const version = versionOf(db, path);
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
      chmodSync(path, 0o600);
      if (version < MIGRATIONS.length) migrate(db, path);
      db.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}; PRAGMA journal_size_limit = ${LOG_BYTES}`);
      db.exec(`PRAGMA busy_timeout = ${ASK_MS}`);
    });
  });
}

/**
 * All of it or nothing. Runs `act` alone: no other connection writes meanwhile.
 * @param busyMs how long another may hold the lock; the caller's thread stands still meanwhile
 */
export function transaction(db: DatabaseSync, act: () => void, busyMs = BUSY_MS): void {
  lock(db, performance.now() + busyMs);
  try {
    act();
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function lock(db: DatabaseSync, until: number): void {
  for (;;) {
    try {
      db.exec("BEGIN IMMEDIATE");
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() >= until) throw error;
    }
  }
}

/**
 * Makes an empty file that is its owner's alone. Under another name first: whoever closes a file gives up the locks that
 * his whole process has on it, those of other connections too.
 */
function begin(path: string): void {
  const empty = `${path}.${process.pid}-${threadId}.new`;
  closeSync(openSync(empty, "a", 0o600));
  try {
    linkSync(empty, path);
  } catch {
    // Somebody else was faster; or there are no links here, and SQLite will make the file.
  } finally {
    rmSync(empty);
  }
}

function closedOnFailure(db: DatabaseSync, prepare: (db: DatabaseSync) => void): DatabaseSync {
  try {
    prepare(db);
    return db;
  } catch (error) {
    if (db.isOpen) db.close();
    throw error;
  }
}

function migrate(db: DatabaseSync, path: string): void {
  transaction(db, () => {
    // Asked again now that nobody else can be at it.
    const version = versionOf(db, path);
    if (version > 0 && version < MIGRATIONS.length) backUp(path, version);
    for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

/** @throws CodexPlusError CP_FILE_UNUSABLE where a newer Codex-Plus has made the file */
function versionOf(db: DatabaseSync, path: string): number {
  const version = Number(db.prepare("PRAGMA user_version").get()?.user_version);
  if (version <= MIGRATIONS.length) return version;
  throw new CodexPlusError("CP_FILE_UNUSABLE", `${path} is of a newer Codex-Plus (its version is ${version})`);
}
