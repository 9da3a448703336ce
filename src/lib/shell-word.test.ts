import assert from "node:assert/strict";
import { test } from "node:test";
import { shellWord } from "./shell-word.ts";

test("a word that a shell would read otherwise is quoted, also where it has quotes itself", () => {
  assert.deepEqual(["/a/b-c.d", "@scope/x", "", "two words", "it's", "$HOME"].map(shellWord), [
    "/a/b-c.d",
    "@scope/x",
    "''",
    "'two words'",
    "'it'\\''s'",
    "'$HOME'",
  ]);
});
