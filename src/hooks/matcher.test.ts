import assert from "node:assert/strict";
import { test } from "node:test";
import { matches } from "./matcher.ts";

const CASES: readonly (readonly [matcher: string | undefined, subject: string, selected: boolean])[] = [
  [undefined, "Bash", true],
  ["", "Bash", true],
  ["*", "Bash", true],
  ["Bash", "Bash", true],
  ["bash", "Bash", false],
  ["Bas", "Bash", false],
  ["Edit|Bash", "Bash", true],
  ["Edit | Bash", "Bash", true],
  ["Edit, Bash", "Bash", true],
  ["Edit|", "Bash", false],
  ["Bas.*", "Bash", true],
  [".*sh", "Bash", true],
  ["^Bash$", "Bash", true],
  ["Bash(echo:*)", "Bash", false],
  ["([", "Bash", false],
  ["(a+)+$", `${"a".repeat(60)}!`, true],
  ["mcp__memory", "mcp__memory__create", false],
  ["mcp__memory__.*", "mcp__memory__create", true],
  ["Task", "Agent", true],
  ["MultiEdit|Write", "Edit", true],
  ["Edit", "NotebookEdit", false],
  ["startup|resume", "resume", true],
];

for (const [matcher, subject, selected] of CASES) {
  test(`${JSON.stringify(matcher)} ${selected ? "selects" : "does not select"} ${subject}`, () => {
    assert.equal(matches(matcher, subject), selected);
  });
}
