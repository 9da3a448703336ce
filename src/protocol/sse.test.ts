import assert from "node:assert/strict";
import test, { suite } from "node:test";
import fc from "fast-check";
import { dataOf, SseReader } from "./sse.ts";

/** Lines and line ends of all kinds, so that borders fall everywhere. */
const stream = fc
  .array(
    fc.constantFrom(
      "\n",
      "\r",
      "\r\n",
      "data: x",
      'data: {"type":"a"}',
      "data",
      "data:",
      ": comment",
      "event: e",
      "\ufeff",
      "é✓",
      "id:1",
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.from(parts.join("")));

function frames(pieces: readonly Buffer[]): Buffer[] {
  const reader = new SseReader();
  const out = pieces.flatMap((piece) => reader.push(piece));
  const rest = reader.end();
  return [...out, ...(rest === undefined ? [] : [rest])].map(({ raw }) => raw);
}

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index] ?? bytes.length));
}

suite("SseReader", () => {
  test("However the bytes are cut, the frames put together are the bytes, and the same frames come out", () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 10 }), (bytes, places) => {
        const whole = frames([bytes]);
        assert.ok(Buffer.concat(whole).equals(bytes));
        assert.deepEqual(frames(cutAt(bytes, places)), whole);
        assert.deepEqual(frames([...bytes].map((byte) => Buffer.from([byte]))), whole);
      }),
      { numRuns: 2000 },
    );
  });

  test("Every frame but the last ends in a blank line, and holds no other", () => {
    const ends = /(\r\n|\n|\r)(\r\n|\n|\r)$|^(\r\n|\n|\r)$/;
    fc.assert(
      fc.property(stream, (bytes) => {
        for (const raw of frames([bytes]).slice(0, -1)) assert.match(raw.toString("utf8"), ends);
      }),
    );
  });

  test("An event of 4 MB in small pieces is read in linear time", () => {
    const reader = new SseReader();
    reader.push(Buffer.from("data: "));
    for (let i = 0; i < 4096; i++) assert.equal(reader.push(Buffer.alloc(1024, "x")).length, 0);
    const [frame] = reader.push(Buffer.from("\n\n"));
    assert.equal(frame?.raw.length, 4096 * 1024 + 8);
  });

  const cases: [string, string | undefined][] = [
    ["data: x\n\n", "x"],
    ["data:x\n\n", "x"],
    ["data:  x\n\n", " x"],
    ["data\n\n", ""],
    ["data: a\r\ndata: b\r\n\r\n", "a\nb"],
    ["data: a\rdata: b\r\r", "a\nb"],
    [": data: no\n\n", undefined],
    ["database: no\n\n", undefined],
    ["event: e\nid: 1\n\n", undefined],
    ["\ufeffdata: behind a mark\n\n", "behind a mark"],
  ];
  for (const [raw, data] of cases) {
    test(`The data of ${JSON.stringify(raw)} is ${JSON.stringify(data)}`, () => {
      assert.equal(dataOf(Buffer.from(raw)), data);
    });
  }
});
