import assert from "node:assert/strict";
import test, { suite } from "node:test";
import fc from "fast-check";
import { objectMembers, type Span } from "./json-spans.ts";

/** The elements of an array, as they are found where it is a member's value. */
function arrayElements(bytes: Buffer): Span[] | undefined {
  const before = '{"x":';
  const elements: Span[] = [];
  const members = objectMembers(Buffer.concat([Buffer.from(before), bytes, Buffer.from("}")]), 0, "x", elements);
  if (members === undefined || !bytes.toString().trimStart().startsWith("[")) return undefined;
  return elements.map(({ start, end }) => ({ start: start - before.length, end: end - before.length }));
}

const text = (bytes: Buffer, { start, end }: { start: number; end: number }): unknown =>
  JSON.parse(bytes.toString("utf8", start, end));

/** JSON with white space put wherever it may stand. */
const written = (value: fc.JsonValue | object): fc.Arbitrary<Buffer> =>
  fc.constantFrom(undefined, 1, "\t", "\r\n ").map((space) => Buffer.from(JSON.stringify(value, undefined, space)));

suite("objectMembers and arrayElements", () => {
  test("The members are those of JSON.parse, whatever they hold", () => {
    fc.assert(
      fc.property(
        fc
          .dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue())
          .chain((value) => fc.tuple(fc.constant(value), written(value))),
        ([value, bytes]) => {
          const members = objectMembers(bytes);
          assert.ok(members);
          assert.deepEqual(
            members.map((member) => [member.key, text(bytes, member)]),
            Object.entries(JSON.parse(JSON.stringify(value)) as object),
          );
          for (const { from, key, end } of members)
            assert.equal(JSON.parse(`{${bytes.toString("utf8", from, end)}}`)[key] !== undefined, true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("The elements are those of JSON.parse", () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue()).chain((value) => fc.tuple(fc.constant(value), written(value))),
        ([value, bytes]) => {
          assert.deepEqual(
            arrayElements(bytes)?.map((span) => text(bytes, span)),
            JSON.parse(JSON.stringify(value)),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test("Escaped quotes, backslashes and names are read as JSON reads them", () => {
    const bytes = Buffer.from(String.raw`{"a\"b":"\\","\u0074ype":"\\\"}","c":[{"d":"]"}]}`);
    assert.deepEqual(
      objectMembers(bytes)?.map((member) => [member.key, text(bytes, member)]),
      Object.entries(JSON.parse(bytes.toString()) as object),
    );
  });

  for (const broken of [
    "",
    "[]",
    "{",
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{"a":"',
    "{a:1}",
    '{"a" 1}',
    '{"a":1 "b":2}',
    '{"a":[}',
  ]) {
    test(`${JSON.stringify(broken)} is no object`, () => assert.equal(objectMembers(Buffer.from(broken)), undefined));
  }
  for (const broken of ["", "{}", "[", "[1", "[1,", "[,]", "[1 2]", '["]']) {
    test(`${JSON.stringify(broken)} is no array`, () => assert.equal(arrayElements(Buffer.from(broken)), undefined));
  }

  test("No cut of a valid document throws or hangs", () => {
    const whole = Buffer.from(JSON.stringify({ a: [1, { b: 'x"\\' }], c: "é", d: null }));
    for (let end = 0; end < whole.length; end++) assert.equal(objectMembers(whole.subarray(0, end)), undefined);
  });
});
