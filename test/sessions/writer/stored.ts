/** Databases with legs in them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Leg } from "../../../src/sessions/ledger.ts";
import { sqliteWriter } from "../../../src/sessions/sqlite/writer.ts";

const folder = mkdtempSync(join(tmpdir(), "codex-plus-writer-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
/** A new database with these legs, each appended by itself. @returns its path */
export function stored(...legs: readonly Leg[]): string {
  files += 1;
  const path = join(folder, `${files}.db`);
  const writer = sqliteWriter(path);
  for (const each of legs) writer.append([each]);
  writer.close();
  return path;
}
