import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { type Frame, makeFrame, readFrame, type WireEvent } from "./frame.ts";
import { relabelFrames, relabelHeaders } from "./model.ts";

async function relabeled(...frames: Frame[]): Promise<Frame[]> {
  async function* source(): AsyncGenerator<Frame> {
    yield* frames;
  }
  const out: Frame[] = [];
  for await (const frame of relabelFrames(source(), "ws", "asked")) out.push(frame);
  return out;
}

suite("The model that answers", () => {
  test("is named as asked in the fields, in their place and case; other fields stay", () => {
    assert.deepEqual(relabelHeaders(["A", "1", "OpenAI-Model", "x", "b", "2"], "asked"), [
      "A",
      "1",
      "OpenAI-Model",
      "asked",
      "b",
      "2",
    ]);
    assert.deepEqual(relabelHeaders(["A", "1"], "asked"), ["A", "1"]);
  });

  const events: [WireEvent, WireEvent][] = [
    [
      { type: "response.created", response: { id: "r", model: "x" } },
      { type: "response.created", response: { id: "r", model: "asked" } },
    ],
    [
      { type: "response.completed", response: { model: "x", headers: { "openai-model": "x", y: 1 } }, n: 1 },
      { type: "response.completed", response: { model: "asked", headers: { "openai-model": "asked", y: 1 } }, n: 1 },
    ],
    [
      { type: "response.metadata", headers: { "OpenAI-Model": "x" } },
      { type: "response.metadata", headers: { "OpenAI-Model": "asked" } },
    ],
  ];
  for (const [event, expected] of events) {
    test(`is named as asked in ${event.type}`, async () => {
      const [frame] = await relabeled(makeFrame("ws", event));
      assert.deepEqual(JSON.parse(`${frame?.raw}`), expected);
    });
  }

  test("Frames that name no model pass as the very same frames, deltas unread", async () => {
    const unread = readFrame(Buffer.from('{"type":"response.output_text.delta","delta":"x"}'), (raw) => raw.toString());
    const frames = [
      unread,
      makeFrame("ws", { type: "response.created", response: { id: "r" } }),
      makeFrame("ws", { type: "response.created" }),
      makeFrame("ws", { type: "response.metadata", headers: { x: "1" } }),
      makeFrame("ws", { type: "response.metadata" }),
    ];
    const out = await relabeled(...frames);
    assert.deepEqual(
      out.map((frame, index) => frame === frames[index]),
      frames.map(() => true),
    );
  });
});
