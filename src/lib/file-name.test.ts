import assert from "node:assert/strict";
import { test } from "node:test";
import { fileNameOf } from "./file-name.ts";

test("a file is called by its id, and no two ids share one", () => {
  const ids = ["019a-b.c", "a_b", "a/b", "a:b", "..", ".", "", `${"x".repeat(300)}1`, `${"x".repeat(300)}2`];
  const names = ids.map(fileNameOf);
  assert.deepEqual(names.slice(0, 2), ["019a-b.c", "a_b"]);
  assert.equal(new Set(names).size, ids.length);
  for (const name of names) assert.match(name, /^\w[\w.-]{1,200}$/);
});
