import assert from "node:assert/strict";
import { test } from "node:test";
import { isFound } from "./pattern.ts";

test("a pattern is found, or is not, or cannot be told in a moment", () => {
  assert.equal(isFound("^mcp__.*__read", "mcp__memory__read_graph"), true);
  assert.equal(isFound("^mcp__.*__write", "mcp__memory__read_graph"), false);
  assert.equal(isFound("(a+)+$", `${"a".repeat(60)}!`), undefined);
  assert.throws(() => isFound("([", "x"), { name: "SyntaxError" });
});
