import assert from "node:assert/strict";
import { test } from "node:test";
import { runChild } from "./child.ts";

test("a child's exit code comes through, its death by signal as 128 and the signal's number", async () => {
  const codes = [];
  for (const script of ["exit 0", "exit 42", "kill -TERM $$", "kill -KILL $$"])
    codes.push(await runChild("/bin/sh", ["-c", script], process.env));
  assert.deepEqual(codes, [0, 42, 143, 137]);
  await assert.rejects(runChild("/nowhere/codex", [], {}), { code: "ENOENT" });
  assert.equal(process.listenerCount("SIGTERM"), 0);
});
