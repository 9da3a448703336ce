/** Every expansion recorded from the real Claude Code 2.1.328 comes out the same here, but for departures with a reason. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expected, layOut, normalized, readCases } from "./cases.ts";
import { runInRoom } from "./room.ts";

for (const file of ["oracle.json", "recorded.json"]) {
  for (const recorded of readCases(file)) {
    const how = recorded.departure ? `departs: ${recorded.departure.why}` : "is expanded as recorded";
    test(`${file} ${recorded.id} ${how}`, async () => {
      const stage = await layOut(recorded);
      try {
        assert.deepEqual(normalized(await runInRoom(recorded, stage), stage), expected(recorded));
      } finally {
        await stage.remove();
      }
    });
  }
}

test("with commands.shellArguments raw, typed text goes into shell as Claude Code puts it there", async () => {
  const cases = readCases("recorded.json").filter(({ id }) => /^shell-inject(?:-subst)?$/.test(id));
  assert.equal(cases.length, 2);
  for (const { departure, ...recorded } of cases) {
    const stage = await layOut(recorded);
    try {
      const outcome = await runInRoom(recorded, stage, { shellArguments: "raw" });
      assert.deepEqual(normalized(outcome, stage), expected(recorded), departure?.why);
    } finally {
      await stage.remove();
    }
  }
});
