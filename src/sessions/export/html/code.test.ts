import assert from "node:assert/strict";
import { test } from "node:test";
import { coloured } from "./code.ts";

test("a line that nobody wrote is shown as it is, in no time", { timeout: 3000 }, () => {
  for (const [language, sign] of [
    ["javascript", "_"],
    ["bash", "0"],
    ["markdown", "["],
  ] as const) {
    const text = sign.repeat(60_000);
    assert.equal(coloured(text, language), text);
  }
  assert.equal(coloured("let a\n", "javascript"), '<span class="hljs-keyword">let</span> a\n');
});
