/** `plus.db`: one SQLite file for all that is kept of sessions. Opened when it is first wanted. */
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CodexPlusError } from "../../errors.ts";
import { MIGRATIONS } from "./schema.ts";

/** How long another process may hold the file's lock, in ms. A turn waits no longer: what is to be written can wait. */
const BUSY_MS = 100;

/**
 * Opens the file, made if need be (0600, its folder 0700), in the newest version. What is committed survives the end of
 * the process at any moment (WAL), the loss of power all but its last moments.
 * @throws CodexPlusError CP_FILE_UNUSABLE
 */
export function openDatabase(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, "a", 0o600));
    chmodSync(path, 0o600);
    db = new DatabaseSync(path, { timeout: BUSY_MS });
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    migrate(db, path);
    return db;
  } catch (cause) {
    db?.close();
    if (cause instanceof CodexPlusError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CodexPlusError("CP_FILE_UNUSABLE", `${path}: ${reason}`, { cause });
  }
}

/** All of them or none. Runs `act` alone: no other connection writes meanwhile. */
export function transaction(db: DatabaseSync, act: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    act();
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function migrate(db: DatabaseSync, path: string): void {
  if (versionOf(db) === MIGRATIONS.length) return;
  transaction(db, () => {
    // Asked again now that nobody else can be at it.
    const version = versionOf(db);
    if (version > MIGRATIONS.length) {
      throw new CodexPlusError("CP_FILE_UNUSABLE", `${path} is of a newer Codex-Plus (its version is ${version})`);
    }
    for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.user_version);
}
