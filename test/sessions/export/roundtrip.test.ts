/** What is exported and imported is what it was. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { exec } from "../../e2e/exec.ts";
import { WIRES, world } from "../../e2e/world.ts";
import { session } from "./generated.ts";
import { inFolder, ledger } from "./ledger.ts";

/** Exports a session, imports it twice into an empty database, and once into the one it came from. */
async function assertComesBack(first: ReturnType<typeof ledger>, folder: string, id: string, mask: boolean) {
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

test("a session that is exported, imported into an empty database and exported again is equal, masked or not", async () => {
  await fc.assert(
    fc.asyncProperty(session, fc.boolean(), async ({ legs, threads }, mask) => {
      await inFolder(async (folder) => {
        const first = ledger(folder, "first");
        await first.append(legs);
        for (const id of threads) await assertComesBack(first, folder, id, mask);
      });
    }),
    { numRuns: 12 },
  );
});

for (const wire of WIRES) {
  test(`so is one of the real Codex over ${wire}, with a command and a resume`, { timeout: 120_000 }, async (t) => {
    const here = await world(t, { route: "proxy", wire });
    await exec(here, "hello there");
    await exec(here, "resume", "--last", "run echo hi-from-tool");
    const path = await here.recorded();
    await inFolder(async (folder) => {
      const first = ledger(folder, "first", path);
      const threads = await first.reading(async (reader) => reader.threads({}));
      assert.deepEqual(
        threads.map(({ turns }) => turns),
        [2],
      );
      for (const { id } of threads) await assertComesBack(first, folder, id, true);
    });
    await here.close();
  });
}
