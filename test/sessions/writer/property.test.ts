import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import type { Leg } from "../../../src/sessions/ledger.ts";
import { sqliteWriter } from "../../../src/sessions/sqlite/writer.ts";
import { play, steps } from "./client.ts";
import { ledgerOf, told } from "./ledger.ts";

const folder = mkdtempSync(join(tmpdir(), "codex-plus-property-"));
after(() => rmSync(folder, { recursive: true }));

/** How the legs get into the store: so many at once, by which of two writers, and whether once more. */
const batches = fc.array(
  fc.record({ size: fc.integer({ min: 1, max: 6 }), second: fc.boolean(), again: fc.boolean() }),
  {
    minLength: 1,
    maxLength: 20,
  },
);
type Batch = { readonly size: number; readonly second: boolean; readonly again: boolean };

let files = 0;
function stored(legs: readonly Leg[], plan: readonly Batch[]): string {
  files += 1;
  const path = join(folder, `${files}.db`);
  const writers = [sqliteWriter(path), sqliteWriter(path)] as const;
  for (let at = 0, i = 0; at < legs.length; i += 1) {
    const { size, second, again } = plan[i % plan.length] as Batch;
    const batch = legs.slice(at, at + size);
    writers[Number(second)]?.append(batch);
    if (again) writers[Number(!second)]?.append(batch);
    at += size;
  }
  for (const writer of writers) writer.close();
  return path;
}

test("whatever is said is stored once and in its turn, however the legs come", () => {
  fc.assert(
    fc.property(steps, batches, (steps, plan) => {
      const { legs, truth } = play(steps);
      const path = stored(legs, plan);
      for (const [id, turns] of truth) assert.deepEqual(told(path, id), turns, id);
      const once = stored(legs, [{ size: 1, second: false, again: false }]);
      assert.deepEqual(ledgerOf(path), ledgerOf(once));
      for (const file of [path, once]) rmSync(file);
    }),
    { numRuns: 25 },
  );
});
