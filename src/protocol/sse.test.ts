import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Frame } from "./frame.ts";
import { dataOf, SseReader } from "./sse.ts";

/** Reads text cut at these places. */
function read(text: string, cuts: readonly number[] = []): Frame[] {
  const bytes = Buffer.from(text);
  const reader = new SseReader();
  const frames: Frame[] = [];
  let from = 0;
  for (const cut of [...new Set(cuts)].sort((a, b) => a - b)) {
    const at = Math.min(cut, bytes.length);
    frames.push(...reader.push(bytes.subarray(from, at)));
    from = at;
  }
  frames.push(...reader.push(bytes.subarray(from)));
  const rest = reader.end();
  return rest === undefined ? frames : [...frames, rest];
}

const raws = (frames: readonly Frame[]): string[] => frames.map(({ raw }) => raw.toString());

const line = fc.oneof(
  fc.constantFrom(
    ": comment",
    "event: x",
    'data: {"type":"a"}',
    "data",
    "data:",
    "id: 1",
    "",
    "ünï",
    "retry: 5",
    "[DONE]",
  ),
  fc.string({ maxLength: 12 }),
);
const stream = fc
  .array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "")), { maxLength: 12 })
  .map((parts) => parts.map(([text, end]) => text + end).join(""));
const cuts = fc.array(fc.nat(200), { maxLength: 20 });

describe("SseReader", () => {
  test("the concatenation of every frame's raw is the input, at any cut", () => {
    fc.assert(fc.property(stream, cuts, (text, at) => assert.equal(raws(read(text, at)).join(""), text)));
  });

  test("the frames do not depend on where the bytes were cut", () => {
    fc.assert(fc.property(stream, cuts, (text, at) => assert.deepEqual(raws(read(text, at)), raws(read(text)))));
  });

  test("byte by byte gives what one piece gives", () => {
    fc.assert(
      fc.property(stream, (text) => {
        const every = Array.from({ length: Buffer.byteLength(text) }, (_, index) => index);
        assert.deepEqual(raws(read(text, every)), raws(read(text)));
      }),
    );
  });

  test("an event ends with its blank line, whichever way lines end", () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      const one = `event: a${end}data: 1${end}${end}`;
      const two = `: note${end}data: 2${end}${end}`;
      assert.deepEqual(raws(read(one + two)), [one, two], JSON.stringify(end));
    }
  });

  test("a frame is handed over as soon as its blank line is there, not one byte later", () => {
    const reader = new SseReader();
    assert.equal(reader.push(Buffer.from("data: 1\n")).length, 0);
    assert.equal(reader.push(Buffer.from("\n")).length, 1);
    assert.equal(reader.push(Buffer.from("data: 2\r\n\r\n")).length, 1);
  });

  test("what has no last blank line is the last frame, and after it the reader is as new", () => {
    const reader = new SseReader();
    assert.deepEqual(reader.push(Buffer.from("data: 1")), []);
    assert.equal(reader.end()?.raw.toString(), "data: 1");
    assert.equal(reader.end(), undefined);
  });
});

describe("an event's type and content", () => {
  test("come from its data, not from its event line", () => {
    const [frame] = read('event: other\ndata: {"type":"response.created","n":1}\n\n');
    assert.deepEqual([frame?.type, frame?.json()], ["response.created", { type: "response.created", n: 1 }]);
  });

  test("are found where the type is not the first field, or is escaped", () => {
    const [later, escaped] = read('data: {"n":1,"type":"b"}\n\ndata: {"type":"b\\u0061"}\n\n');
    assert.deepEqual([later?.type, escaped?.type], ["b", "ba"]);
  });

  test("are none for comments, [DONE] and what is no JSON object with a type", () => {
    for (const text of [": hi\n\n", "data: [DONE]\n\n", "data: {\n\n", "data: 1\n\n", 'data: {"type":1}\n\n', "\n"]) {
      const [frame] = read(text);
      assert.deepEqual([frame?.type, frame?.json()], ["", undefined], text);
    }
  });

  test("join several data lines", () => {
    assert.equal(dataOf(Buffer.from('data: {"a":\ndata:1}\nid: 2\n\n')), '{"a":\n1}');
    assert.equal(dataOf(Buffer.from("database: no\n\n")), undefined);
    assert.equal(dataOf(Buffer.from("data\n\n")), "");
  });
});
