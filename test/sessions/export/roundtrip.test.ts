/** What is exported and imported is what it was. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { session } from "./generated.ts";
import { inFolder, ledger } from "./ledger.ts";

test("a session that is exported, imported into an empty database and exported again is equal, masked or not", async () => {
  await fc.assert(
    fc.asyncProperty(session, fc.boolean(), async ({ legs, threads }, mask) => {
      await inFolder(async (folder) => {
        const first = ledger(folder, "first");
        await first.append(legs);
        for (const id of threads) {
          const one = await first.exported(id, "json", mask);
          const second = ledger(folder, `second-${id}`);
          for (const time of ["imported", "imported once more"]) {
            await second.import(one.path);
            const { text } = await second.exported(id, "json", mask);
            assert.deepEqual(JSON.parse(text), JSON.parse(one.text), time);
          }
          await first.import(one.path);
          const { text } = await first.exported(id, "json", mask);
          assert.deepEqual(JSON.parse(text), JSON.parse(one.text), "imported where it came from");
        }
      });
    }),
    { numRuns: 12 },
  );
});
