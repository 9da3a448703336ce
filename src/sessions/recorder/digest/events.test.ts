import assert from "node:assert/strict";
import test, { suite } from "node:test";
import fc from "fast-check";
import { SseReader } from "../../../protocol/sse.ts";
import { EventCutter, isDelta } from "./events.ts";

/** The events of a stream that comes in these pieces. */
function cut(pieces: readonly Buffer[]): string[] {
  const events: string[] = [];
  const cutter = new EventCutter((bytes, start, end) => events.push(bytes.toString("latin1", start, end)));
  for (const piece of pieces) cutter.push(piece);
  cutter.end();
  return events;
}

function inPieces(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

const line = fc.constantFrom("data: {}", "event: x.delta", ": comment", "data", "\n", "\r\n", "é", "\n\n", "\r\n\r\n");

suite("A stream of events", () => {
  test("is cut at its blank lines", () => {
    assert.deepEqual(cut([Buffer.from("event: a\ndata: 1\n\ndata: 2\r\n\r\ndata: 3\n\r\n: rest")]), [
      "event: a\ndata: 1\n\n",
      "data: 2\r\n\r\n",
      "data: 3\n\r\n",
      ": rest",
    ]);
  });

  test("gives the same events however its bytes arrive, and loses none of them", () => {
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat()), (lines, places) => {
        const bytes = Buffer.from(lines.join(""));
        const events = cut(inPieces(bytes, places));
        assert.equal(events.join(""), bytes.toString("latin1"));
        assert.deepEqual(events, cut([bytes]));
      }),
    );
  });

  test("has the data that a reader of all its fields finds", () => {
    const event = fc.constantFrom(
      "event: a\ndata: {}\n\n",
      "data: 1\r\ndata: 2\r\n\r\n",
      ": ping\n\n",
      "id: 1\ndata: x\n\n",
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const bytes = Buffer.from(events.join(""));
        assert.deepEqual(
          cut([bytes]),
          new SseReader().push(bytes).map(({ raw }) => raw.toString("latin1")),
        );
      }),
    );
  });

  const deltas: [string, boolean][] = [
    ['event: response.output_text.delta\ndata: {"type":"response.output_text.delta"}\n\n', true],
    ["event: response.output_text.delta\r\ndata: {}\r\n\r\n", true],
    ['data: {"type":"response.output_text.delta","delta":"x"}\n\n', true],
    ['{"type":"response.output_text.delta","delta":"x"}', true],
    ['event: response.output_text.done\ndata: {"text":"a.delta"}\n\n', false],
    ['{"type":"response.output_text.done","text":".delta"}', false],
    ['{"delta":"x","type":"response.output_text.delta"}', false],
    ['{"type":"', false],
    ["event: ", false],
    [".delta", false],
    ["", false],
  ];
  for (const [event, expected] of deltas) {
    test(`${JSON.stringify(event)} ${expected ? "is" : "is not"} seen to be a delta, whatever stands around it`, () => {
      const bytes = Buffer.from(`.delta"\n${event}.delta"\n`);
      assert.equal(isDelta(bytes, 8, 8 + Buffer.byteLength(event)), expected);
    });
  }
});
