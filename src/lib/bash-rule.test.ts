import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bashPatterns } from "./bash-rule.ts";

const fits = (form: string, command: string): boolean =>
  bashPatterns([`Bash(${form})`]).some((pattern) => pattern.test(command));

test("a star stands for anything, wherever it stands", () => {
  // As a rule reads: each star tries every length.
  const plainly = (form: string, command: string): boolean =>
    new RegExp(`^${form.replaceAll("*", "[^]*")}$`).test(command);
  const forms = fc.string({ unit: fc.constantFrom("a", "b", "*"), minLength: 1, maxLength: 8 });
  const commands = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
  fc.assert(
    fc.property(forms, commands, (form, command) => {
      assert.equal(fits(form, command), plainly(form, command));
    }),
    { numRuns: 2000 },
  );
});

test("what stands before a star at the end is a word of its own", () => {
  assert.deepEqual(
    ["git push", "git push origin", "git pushed", "git x push y"].map((one) => fits("git *push:*", one)),
    [true, true, false, true],
  );
});

test("many stars fail on a long command as soon as one does", () => {
  assert.equal(fits("a*a*a*a*a*a*b", "a".repeat(20_000)), false);
});
