import assert from "node:assert/strict";
import { test } from "node:test";
import { fileName } from "./name.ts";

test("a session's file is called by its id, and no two ids share a file", () => {
  const names = ["019a-b.c", "a_b", "a/b", "a:b", "..", ".", `${"x".repeat(300)}1`, `${"x".repeat(300)}2`].map((id) =>
    fileName(id, "md"),
  );
  assert.deepEqual(names.slice(0, 2), ["019a-b.c.md", "a_b.md"]);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[\w-][\w.-]{1,200}\.md$/);
});
