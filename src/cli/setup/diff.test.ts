import assert from "node:assert/strict";
import { test } from "node:test";
import { diff } from "./diff.ts";

test("a diff shows the changed line between two lines of each side", () => {
  assert.deepEqual(diff("1\n2\n3\nold\n5\n6\n7\n", "1\n2\n3\nnew\n5\n6\n7\n", "f"), [
    "--- f",
    "+++ f",
    " 2",
    " 3",
    "-old",
    "+new",
    " 5",
    " 6",
  ]);
  assert.deepEqual(diff("", "new\n", "f"), ["--- f", "+++ f", "+new"]);
  assert.deepEqual(diff("a\r\nb", "x\r\na\r\nb", "f"), ["--- f", "+++ f", "+x", " a", " b"]);
});
