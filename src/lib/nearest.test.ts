import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestName } from "./nearest.ts";

const VERBS = ["serve", "run", "setup", "status", "service", "config", "doctor"];

test("a slip of the finger finds the name that was meant, and a strange word finds none", () => {
  const found = ["sevre", "stauts", "SETUP", "doktor", "rnu", "cnfig", "xyzzy", "", "s"].map((typed) =>
    nearestName(typed, VERBS),
  );
  assert.deepEqual(found, ["serve", "status", "setup", "doctor", "run", "config", undefined, undefined, undefined]);
});
