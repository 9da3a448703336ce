import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arrayElements, objectMembers } from "./json-spans.ts";

/** JSON text with white space where it may stand. */
const spaced = fc
  .tuple(fc.jsonValue(), fc.constantFrom(0, 1, "\t", "  "))
  .map(([value, indent]) => JSON.stringify(value, null, indent));

test("the members of any object are those that JSON.parse finds, each where it stands", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 2, "\t"), (object, indent) => {
      const text = JSON.stringify(object, null, indent);
      const bytes = Buffer.from(text);
      const members = objectMembers(bytes);
      assert.ok(members);
      const found = members.map(({ key, start, end }) => [key, JSON.parse(bytes.toString("utf8", start, end))]);
      assert.deepEqual(found, Object.entries(JSON.parse(text)));
      for (const { key, from } of members) assert.ok(bytes.toString("utf8", from).startsWith(JSON.stringify(key)));
    }),
  );
});

test("the elements of any array are those that JSON.parse finds", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 2, "\t"), (array, indent) => {
      const text = JSON.stringify(array, null, indent);
      const bytes = Buffer.from(text);
      const found = arrayElements(bytes)?.map(({ start, end }) => JSON.parse(bytes.toString("utf8", start, end)));
      assert.deepEqual(found, JSON.parse(text));
    }),
  );
});

test("damaged text is refused or read, but never thrown over or waited for", () => {
  fc.assert(
    fc.property(spaced, fc.nat(), fc.nat(255), (text, at, byte) => {
      const bytes = Buffer.from(text);
      if (bytes.length > 0) bytes[at % bytes.length] = byte;
      objectMembers(bytes);
      arrayElements(bytes);
      objectMembers(bytes.subarray(0, at % (bytes.length + 1)));
    }),
  );
});

test("quotes and braces within strings are text", () => {
  const bytes = Buffer.from(String.raw`{"a":"}\"]{\\","b\"c":[{"d":"]"},2],"e":-1.5e3}`);
  const members = objectMembers(bytes);
  assert.deepEqual(
    members?.map(({ key, start, end }) => [key, bytes.toString("utf8", start, end)]),
    [
      ["a", String.raw`"}\"]{\\"`],
      ['b"c', '[{"d":"]"},2]'],
      ["e", "-1.5e3"],
    ],
  );
});
