import assert from "node:assert/strict";
import { test } from "node:test";
import { type Frame, makeFrame, type WireEvent } from "../../protocol/frame.ts";
import { RequestBody } from "../../protocol/request.ts";
import { Joined } from "./joined.ts";
import { nextLeg } from "./next.ts";

const message = (id: string) => ({ type: "message", id, role: "assistant", content: [] });

/** A leg as upstream sends it to clients that count events. */
function leg(id: string): WireEvent[] {
  const item = message(`msg_${id}`);
  return [
    { type: "response.created", response: { id } },
    { type: "response.output_item.added", output_index: 0, item },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { id, output: [item] } },
  ].map((event, at) => ({ ...event, sequence_number: at }));
}

const events = (frames: readonly (Frame | undefined)[]) => frames.flatMap((frame) => frame?.json() ?? []);

test("two legs and an item of ours are one response: one beginning, places and numbers that go on, all items at its end", () => {
  const joined = new Joined("sse");
  const [created, added, done] = leg("one").map((event) => makeFrame("sse", event));
  assert.ok(created && added && done);
  const frames = [joined.pass(created), ...joined.insert(message("msg_ours")), joined.pass(added), joined.pass(done)];
  assert.deepEqual(joined.answered, { id: "one", output: [message("msg_one")] });
  joined.next();
  frames.push(...leg("two").map((event) => joined.pass(makeFrame("sse", event))));
  const [ours, one, two] = ["msg_ours", "msg_one", "msg_two"].map(message);
  assert.deepEqual(events(frames), [
    { type: "response.created", response: { id: "one" }, sequence_number: 0 },
    { type: "response.output_item.added", output_index: 0, item: ours, sequence_number: 1 },
    { type: "response.output_item.done", output_index: 0, item: ours, sequence_number: 2 },
    { type: "response.output_item.added", output_index: 1, item: one, sequence_number: 3 },
    { type: "response.output_item.done", output_index: 1, item: one, sequence_number: 4 },
    { type: "response.output_item.added", output_index: 2, item: two, sequence_number: 5 },
    { type: "response.output_item.done", output_index: 2, item: two, sequence_number: 6 },
    { type: "response.completed", response: { id: "two", output: [ours, one, two] }, sequence_number: 7 },
  ]);
});

test("a response of one leg passes as the very bytes that came", () => {
  const joined = new Joined("ws");
  const frames = leg("one").map((event) => makeFrame("ws", event));
  assert.deepEqual(
    frames.map((frame) => joined.pass(frame) === frame),
    [true, true, true, true],
  );
});

test("on WebSocket a further leg names its id again, by which it can be interrupted", () => {
  const joined = new Joined("ws");
  for (const event of leg("one").slice(0, 3)) joined.pass(makeFrame("ws", event));
  joined.next();
  const [created] = leg("two").map((event) => makeFrame("ws", event));
  assert.ok(created);
  assert.equal(joined.pass(created), created);
  assert.deepEqual(joined.answered, { id: "two", output: [] });
});

test("upstream is told what is new on WebSocket and everything over HTTP, whatever form the input had", () => {
  const body = (input: unknown) => new RequestBody(Buffer.from(JSON.stringify({ model: "m", input })));
  const answered = { id: "one", output: [message("msg_one")] };
  const more = [{ type: "message", role: "user", content: "go on" }];
  const asked = [{ type: "message", role: "user", content: "hello" }];
  assert.deepEqual(nextLeg("ws", body(asked), answered, more).json(), {
    model: "m",
    input: more,
    previous_response_id: "one",
  });
  for (const input of [asked, "hello"]) {
    assert.deepEqual(nextLeg("sse", body(input), answered, more).json(), {
      model: "m",
      input: [...asked, ...answered.output, ...more],
    });
  }
});
