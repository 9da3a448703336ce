import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { allWords, words } from "./words.ts";

/** Characters that a shell would make something of, and some that it would not. */
const text = fc.string({ unit: fc.constantFrom(...`ab 1"'\\$(){}[]<>;&|#!\`~*?=\n\té日😀\u00a0`), maxLength: 40 });

test("any text is cut into words in linear time, and never without end", () => {
  fc.assert(
    fc.property(text, (source) => {
      for (const word of [...words(source), ...allWords(source)]) assert.equal(typeof word, "string");
    }),
    { numRuns: 5000 },
  );
  for (const unit of ["'", '"', "$(", "`", "\\", "(", "a'b\" ", "<<"]) {
    assert.ok(words(unit.repeat(50_000)).length <= 150_001);
  }
});

test("words without a special character are found as they are, whatever stands between them", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abcXYZ019.,:/@%+-_é"), minLength: 1, maxLength: 8 });
  const space = fc.constantFrom(" ", "  ", "\t", " \t ");
  const names = fc.array(fc.tuple(word, space), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(names, (list) => {
      const plain = list.map(([one]) => one);
      const typed = list.flat().join("");
      assert.deepEqual(words(typed), plain);
      assert.deepEqual(allWords(typed), plain);
    }),
  );
});

test("a quoted word is one word with its white space, its operators and the other kind of quote", () => {
  const inner = fc.string({ unit: fc.constantFrom(...`ab ;&|<>()#$\`!*'`), maxLength: 12 });
  fc.assert(
    fc.property(fc.array(inner, { minLength: 1, maxLength: 5 }), (list) => {
      const typed = list.map((one) => `"${one}"`).join(" ");
      assert.deepEqual(words(typed), list);
      assert.deepEqual(allWords(typed), list);
    }),
  );
});

test("for a shell no word is lost: operators, comments, expansions and apostrophes are text like any other", () => {
  const typed = `a; echo X && b # c $(d) what's up & who's there --title="x y" 'p q'r "p q"`;
  const expected = ["a;", "echo", "X", "&&", "b", "#", "c", "$(d)", "what's", "up", "&", "who's", "there"];
  assert.deepEqual(allWords(typed), [...expected, "--title=x y", "'p", "q'r", "p q"]);
});
