/** What is exported and imported is what it was. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { exportToFile } from "../../src/sessions/export/index.ts";
import { importFile } from "../../src/sessions/import/file.ts";
import type { Leg } from "../../src/sessions/ledger.ts";
import { sqliteReader } from "../../src/sessions/sqlite/reader.ts";
import { sqliteWriter } from "../../src/sessions/sqlite/writer.ts";
import { session } from "./generated.ts";

/** A database of its own, and files beside it. */
function ledger(folder: string, name: string) {
  const db = join(folder, `${name}.db`);
  return {
    append(legs: readonly Leg[]): void {
      const writer = sqliteWriter(db);
      writer.append(legs);
      writer.close();
    },
    async exported(id: string, mask: boolean): Promise<{ readonly path: string; readonly document: unknown }> {
      const path = join(folder, `${name}-${id}.json`);
      const reader = sqliteReader(db);
      await exportToFile(reader, id, { format: "json", mask, path, overwrite: true });
      reader.close();
      return { path, document: JSON.parse(readFileSync(path, "utf8")) };
    },
    async import(path: string): Promise<void> {
      const writer = sqliteWriter(db);
      await importFile(path, writer);
      writer.close();
    },
  };
}

test("a session that is exported, imported into an empty database and exported again is equal, masked or not", async () => {
  await fc.assert(
    fc.asyncProperty(session, fc.boolean(), async ({ legs, threads }, mask) => {
      const folder = mkdtempSync(join(tmpdir(), "codex-plus-roundtrip-"));
      try {
        const first = ledger(folder, "first");
        first.append(legs);
        for (const id of threads) {
          const one = await first.exported(id, mask);
          const second = ledger(folder, `second-${id}`);
          await second.import(one.path);
          const two = await second.exported(id, mask);
          assert.deepEqual(two.document, one.document);
          await second.import(one.path);
          assert.deepEqual((await second.exported(id, mask)).document, one.document, "imported once more");
          await first.import(one.path);
          assert.deepEqual((await first.exported(id, mask)).document, one.document, "imported where it came from");
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 12 },
  );
});
