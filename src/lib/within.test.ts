import assert from "node:assert/strict";
import { test } from "node:test";
import { within } from "./within.ts";

test("what comes in time has come, what does not is not waited for, and what fails fails", async () => {
  assert.equal(await within(Promise.resolve("here"), 60_000), true);
  assert.equal(await within(new Promise(() => undefined), 1), false);
  await assert.rejects(within(Promise.reject(new Error("broken")), 60_000), /broken/);
});
