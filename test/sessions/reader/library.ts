/** A ledger in a temporary folder, written by the real writer and read by the real reader. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Leg } from "../../../src/sessions/ledger.ts";
import { sqliteReader } from "../../../src/sessions/sqlite/reader.ts";
import { sqliteWriter } from "../../../src/sessions/sqlite/writer.ts";
import type { Reader, Writer } from "../../../src/sessions/store.ts";

export interface Library {
  readonly path: string;
  readonly reader: Reader;
  readonly writer: Writer;
}

/** @param context goes with it */
export function library(context: TestContext, legs: readonly Leg[] = []): Library {
  const folder = mkdtempSync(join(tmpdir(), "codex-plus-reader-"));
  const path = join(folder, "plus.db");
  const [reader, writer] = [sqliteReader(path), sqliteWriter(path)];
  context.after(() => {
    reader.close();
    writer.close();
    rmSync(folder, { recursive: true });
  });
  if (legs.length > 0) writer.append(legs);
  return { path, reader, writer };
}
