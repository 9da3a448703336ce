import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Seen, Sequence } from "./mark.ts";
import { advance, align, lastMarks, lastSaying } from "./sequence.ts";

/** `a b! (c)`: said, marked, gone. */
function seen(text: string): Seen[] {
  return text.split(" ").map((word, at) => {
    const plain = word.replace(/[()!]/g, "");
    return {
      text: plain,
      ...(word.includes("!") ? { mark: `${plain}${at}` } : {}),
      ...(word.startsWith("(") ? { gone: true } : {}),
    };
  });
}

const past = (text: string, turn = "", whole = true): Sequence => ({ items: seen(text), whole, turn });
const view = (text: string, more: object = {}) => ({
  texts: text.split(" "),
  turn: "",
  full: true,
  fromStart: true,
  answered: true,
  prompt: -1,
  ...more,
});
const marksOf = (before: Sequence, now: string, more: object = {}): (string | undefined)[] => {
  const after = advance(before, view(now, more));
  return lastMarks(after, now.split(" ").length);
};
const none = undefined;

test("a history that grew keeps its marks in place, and an equal text at its end is a new one", () => {
  assert.deepEqual(marksOf(past("sys x! ok"), "sys x ok x"), [none, "x1", none, none]);
});

test("of a history known only from some place on, an equal text before that place is not meant", () => {
  assert.deepEqual(marksOf(past("x! ok", "", false), "sys x yes x ok"), [none, none, none, "x0", none]);
});

test("a new turn's prompt is new, even where it says what a marked one said that was answered by nothing", () => {
  const turns = { turn: "2", prompt: 1 };
  assert.deepEqual(marksOf(past("sys x!", "1"), "sys x", turns), [none, none]);
  assert.deepEqual(marksOf(past("sys x!", "2"), "sys x", turns), [none, "x1"], "in the same turn it has come again");
});

test("after a compaction what is left of several equal texts is the last; after a rollback the first", () => {
  const before = past("sys x! ok x! ok");
  assert.deepEqual(marksOf(before, "sys x summary", { answered: false }), [none, "x3", none]);
  assert.deepEqual(marksOf(before, "sys x ok y"), [none, "x1", none, none]);
});

test("a mark on what is gone waits for it to come back, and yields to one that was there all the time", () => {
  assert.deepEqual(marksOf(past("sys (x!) y"), "sys x y"), [none, "x1", none]);
  assert.deepEqual(marksOf(past("sys (x!) x! y"), "sys x y"), [none, "x2", none]);
  const { items } = advance(past("sys x! ok"), view("sys new"));
  assert.deepEqual(items, [{ text: "sys", mark: none }, { text: "x", mark: "x1", gone: true }, { text: "new" }]);
});

test("what is only added leaves the rest alone", () => {
  const after = advance(past("sys x!"), view("x", { full: false }));
  assert.deepEqual(after.items, [...seen("sys x!"), { text: "x" }]);
  assert.deepEqual(lastSaying(after, "x"), { at: 2, mark: undefined });
});

const word = fc.constantFrom("a", "b", "c", "d");
const words = fc.array(word, { maxLength: 7 });
const items = fc.array(fc.record({ text: word, mark: fc.constant("m"), gone: fc.boolean() }), { maxLength: 7 });

test("a longest common subsequence is found, in order and text by text, whatever the bias", () => {
  fc.assert(
    fc.property(items, words, fc.boolean(), fc.boolean(), (before, now, lastBefore, lastNow) => {
      const found = align(before, now, { lastBefore, lastNow });
      const pairs = found.flatMap((i, j) => (i < 0 ? [] : [[i, j] as const]));
      for (const [i, j] of pairs) assert.equal(before[i]?.text, now[j]);
      for (const [at, [i]] of pairs.entries()) assert.ok(at === 0 || i > (pairs[at - 1]?.[0] ?? 0), "in order");
      assert.equal(
        pairs.length,
        longest(
          before.map(({ text }) => text),
          now,
        ),
      );
    }),
  );
});

test("no mark is ever lost or doubled by a request", () => {
  fc.assert(
    fc.property(items, words, fc.boolean(), fc.boolean(), (before, now, whole, answered) => {
      const marked = before.map((item, at) => ({ ...item, mark: `m${at}` }));
      const after = advance({ items: marked, whole, turn: "" }, { ...view(""), texts: now, answered });
      const marks = after.items.flatMap(({ mark }) => mark ?? []);
      assert.deepEqual(
        marks,
        marked.map(({ mark }) => mark),
      );
      assert.deepEqual(
        after.items.filter(({ gone }) => gone !== true).map(({ text }) => text),
        now,
      );
    }),
  );
});

/** The slow and plain way. */
function longest(before: readonly string[], now: readonly string[]): number {
  const [a, ...restBefore] = before;
  const [b, ...restNow] = now;
  if (a === undefined || b === undefined) return 0;
  return a === b ? 1 + longest(restBefore, restNow) : Math.max(longest(restBefore, now), longest(before, restNow));
}
