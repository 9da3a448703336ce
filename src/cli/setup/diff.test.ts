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

test("changes far apart show nothing of what stands between them", () => {
  const kept = ["1", "2", "3", "4", "5", "6"];
  assert.deepEqual(diff(["old", ...kept].join("\n"), ["new", ...kept, "[added]", "x = 1"].join("\n"), "f"), [
    "--- f",
    "+++ f",
    "-old",
    "+new",
    " 1",
    " 2",
    "…",
    " 5",
    " 6",
    "+[added]",
    "+x = 1",
  ]);
});

test("lines that moved to and fro are told as little changed as can be", () => {
  assert.deepEqual(diff("a\nb\nc\nd\n", "b\nx\nc\na\n", "f"), ["--- f", "+++ f", "-a", " b", "+x", " c", "-d", "+a"]);
});
