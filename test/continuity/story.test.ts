import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { sqliteShelf } from "../../src/sessions/sqlite/continuity.ts";
import { Story, steps } from "./story.ts";

const folder = mkdtempSync(join(tmpdir(), "codex-plus-continuity-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

const RUNS = Number(process.env.CONTINUITY_RUNS ?? 25);
const SEED = process.env.CONTINUITY_SEED;

for (const wire of ["ws", "sse"] as const) {
  for (const ids of [true, false]) {
    const who = ids ? "" : " of a client that gives no ids";
    test(`fifty turns${who}, begun on ${wire}, in which everything goes wrong: upstream sees one history`, async () => {
      const property = fc.asyncProperty(steps, async (all) => {
        files += 1;
        const path = join(folder, `${files}.db`);
        const story = new Story({ ids, wire }, () => sqliteShelf(path));
        try {
          await story.play(all);
        } finally {
          story.close();
        }
      });
      await fc.assert(property, { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) });
    });
  }
}
