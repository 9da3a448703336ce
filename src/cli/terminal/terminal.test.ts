import assert from "node:assert/strict";
import { test } from "node:test";
import { type Column, tableLines } from "./table.ts";
import { cut, oneLine, plain, widthOf, wrapped } from "./text.ts";

test("what a terminal would obey is not printed", () => {
  assert.equal(plain("\x1b[31mred\x1b[0m \x1b]0;title\x07\tx\r\nback\u202eward\x9b1m"), "red   x\nbackward");
  assert.equal(oneLine("  two\n\tlines "), "two lines");
});

test("text is cut by the columns it takes, not by its letters", () => {
  assert.deepEqual(
    [
      cut("漢字漢字", 5),
      cut("abc", 3),
      cut("abcd", 3),
      cut("/home/me/project", 8, "start"),
      cut("👨‍👩‍👧👨‍👩‍👧", 3, "start"),
    ],
    ["漢字…", "abc", "ab…", "…project", "…👨‍👩‍👧"],
  );
});

test("lines are broken where the terminal ends, behind their margin", () => {
  assert.deepEqual(wrapped("one two three four five\n  deep", "  ", 22), [
    "  one two three four",
    "  five",
    "    deep",
  ]);
  assert.deepEqual(wrapped("as it is", "| ", Number.POSITIVE_INFINITY), ["| as it is"]);
});

const COLUMNS: readonly Column[] = [
  { head: "id" },
  { head: "turns", right: true, spare: 2 },
  { head: "folder", most: 8, cut: "start", spare: 1 },
  { head: "title", rest: true },
];
const ROWS = [
  ["a1", "12", "/home/me/src", "Mend the pump behind the house and paint it"],
  ["b2", "3", "/tmp", "漢字"],
];

test("a table takes the room there is: the last column is cut, then what matters least goes", () => {
  assert.deepEqual(tableLines(COLUMNS, ROWS, Number.POSITIVE_INFINITY), [
    "id  turns  folder    title",
    "a1     12  …/me/src  Mend the pump behind the house and paint it",
    "b2      3  /tmp      漢字",
  ]);
  assert.deepEqual(tableLines(COLUMNS, ROWS, 46), [
    "id  turns  folder    title",
    "a1     12  …/me/src  Mend the pump behind the…",
    "b2      3  /tmp      漢字",
  ]);
  assert.deepEqual(tableLines(COLUMNS, ROWS, 40), [
    "id  folder    title",
    "a1  …/me/src  Mend the pump behind the…",
    "b2  /tmp      漢字",
  ]);
  const narrow = tableLines(COLUMNS, ROWS, 20);
  assert.deepEqual(narrow, ["id  title", "a1  Mend the pump b…", "b2  漢字"]);
  assert.ok(narrow.every((line) => widthOf(line) <= 20));
});
