import assert from "node:assert/strict";
import { test } from "node:test";
import { CodexPlusError } from "../errors.ts";
import { tell } from "./exit.ts";

test("nothing in an error's words is obeyed by a terminal", () => {
  const error = new CodexPlusError("CP_MCP_SERVER", "far says: \u001b[2J\u001b]0;title\u0007no");
  assert.equal(tell(error), `codex-plus: far says: no\n${error.row.advice}`);
});
