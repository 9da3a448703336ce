import assert from "node:assert/strict";
import { test } from "node:test";
import { daysBetween, factWords, partsOf, wordList, wordsOf } from "./words.ts";

test("paths and snake_case are their words in order, and names in camelCase are found by their parts too", () => {
  assert.equal(
    wordsOf("src/http_client.ts: newHTTPServer(sha256) newHTTPServer"),
    "src http client ts newhttpserver sha256 newhttpserver new http server sha 256",
  );
});

test("colours of a terminal are no letters", () => {
  assert.equal(wordsOf("\u001b[1;31mred\u001b[0m \u001b]8;;https://a.b\u0007link\u001b]8;;\u0007"), "red link");
});

test("ids and hashes are not taken apart", () => {
  for (const id of ["deadbeef01", "x1y2z3a4b5c6", "aB".repeat(40), "H2O"]) assert.deepEqual(partsOf(id), [id]);
});

test("scripts without blanks are words of one letter, other words beside them stay whole", () => {
  assert.deepEqual(wordList("日本語のAPIを使う 서울에서 สวัสดี"), [..."日本語の", "API", ..."を使う서울에서สวสด"]);
});

test("an accent that stands alone, a wide letter and a ligature are what they look like", () => {
  assert.deepEqual(wordList("e\u0301te\u0301 x\u0302y ＡＢＣ ﬁn"), ["été", "xy", "ABC", "fin"]);
});

test("of a long text the beginning and the end are taken, of a long word the beginning", () => {
  const words = wordsOf(`first ${"middle ".repeat(200_000)}last`);
  assert.ok(words.startsWith("first middle") && words.endsWith("middle last") && words.length < 200_000);
  assert.equal(wordsOf("a".repeat(1000)), "a".repeat(128));
});

test("facts cannot be forged by a text", () => {
  const facts = factWords({ thread: 7, role: "tool", tool: "exec_command", at: Date.UTC(2026, 10, 22) });
  assert.equal(
    facts,
    "\u{e000}thread7 \u{e000}roletool \u{e000}toolexec \u{e000}toolcommand \u{e000}month202611 \u{e000}day20261122",
  );
  assert.equal(
    wordsOf(facts),
    "thread7 roletool toolexec toolcommand month202611 day20261122 thread 7 month 202611 day 20261122",
  );
});

test("a time is its whole months and the days beside them", () => {
  assert.deepEqual(daysBetween(Date.UTC(2026, 9, 30, 12), Date.UTC(2026, 11, 2)), [
    { day: "20261030" },
    { day: "20261031" },
    { month: "202611" },
    { day: "20261201" },
  ]);
  assert.deepEqual(daysBetween(Date.UTC(2026, 0), Date.UTC(2026, 2)), [{ month: "202601" }, { month: "202602" }]);
  assert.deepEqual(daysBetween(Date.UTC(2026, 1, 5, 3), Date.UTC(2026, 1, 5, 4)), [{ day: "20260205" }]);
  assert.deepEqual(daysBetween(0, 0), []);
});
