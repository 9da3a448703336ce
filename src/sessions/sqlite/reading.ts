/** Opens `plus.db` only to read it. */
import { DatabaseSync } from "node:sqlite";
import { CodexPlusError } from "../../errors.ts";
import { openDatabase } from "./database.ts";
import { MIGRATIONS } from "./schema.ts";

/** How long somebody who has the file for himself (recovery, a checkpoint at the end) is waited for, in ms. */
const BUSY_MS = 5000;

/**
 * Opens a file that is there. One of an older version is made new first, as by whoever writes.
 * @throws CodexPlusError CP_FILE_UNUSABLE
 */
export function openForReading(path: string): DatabaseSync {
  const db = open(path);
  if (db !== undefined) return db;
  openDatabase(path).close();
  const migrated = open(path);
  if (migrated !== undefined) return migrated;
  throw new CodexPlusError("CP_FILE_UNUSABLE", `${path} is of an older Codex-Plus, and could not be made new`);
}

/** Undefined where its version is older than ours. */
function open(path: string): DatabaseSync | undefined {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
    const version = Number(db.prepare("PRAGMA user_version").get()?.user_version);
    if (version === MIGRATIONS.length) return db;
    if (version < MIGRATIONS.length) {
      db.close();
      return undefined;
    }
    throw new CodexPlusError("CP_FILE_UNUSABLE", `${path} is of a newer Codex-Plus (its version is ${version})`);
  } catch (cause) {
    if (db?.isOpen) db.close();
    if (cause instanceof CodexPlusError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CodexPlusError("CP_FILE_UNUSABLE", `${path}: ${reason}`, { cause });
  }
}
