/** The engine's contracts, believed by the real Codex on both wires: a local answer, an edited request, edited events. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Frame, makeFrame } from "../../src/protocol/frame.ts";
import type { Item } from "../../src/protocol/request.ts";
import { say } from "../../src/protocol/say.ts";
import type { Head, Stage, Turn } from "../../src/turn.ts";
import { exec, messages } from "./exec.ts";
import { WIRES, world } from "./world.ts";

/** Where a turn's prompt stands: the last message of a person, and its text. */
function promptOf({ request }: Turn): { index: number; item: Item; text: string } | undefined {
  const { input } = request.json();
  if (!Array.isArray(input)) return undefined;
  const index = input.findLastIndex((item: Item) => item.role === "user");
  const item: Item | undefined = input[index];
  const part = Array.isArray(item?.content) ? item.content[0] : undefined;
  return item && typeof part?.text === "string" ? { index, item, text: part.text } : undefined;
}

const main = (needs: "request" | "events") => (head: Head) => (head.kind === "main" ? needs : "nothing");

const pong: Stage = {
  name: "pong",
  needs: main("request"),
  request: (turn) => (promptOf(turn)?.text === "//ping" ? say(turn.head.wire, "pong, and it cost nothing") : undefined),
};

const shout: Stage = {
  name: "shout",
  needs: main("events"),
  request(turn) {
    const prompt = promptOf(turn);
    if (prompt === undefined || prompt.text !== "quiet") return undefined;
    const content = [{ type: "input_text", text: "LOUD" }];
    turn.request.edit((draft) => draft.replaceItem(prompt.index, { ...prompt.item, content }));
    return undefined;
  },
  async *frames({ head }, source) {
    for await (const frame of source) yield louder(head, frame);
  },
};

function louder({ wire }: Head, frame: Frame): Frame {
  const event = frame.json();
  if (event === undefined || frame.type !== "response.output_item.done") return frame;
  const item = event.item as Item;
  if (item.type !== "message" || !Array.isArray(item.content)) return frame;
  const content = item.content.map((part) => ({ ...part, text: `${part.text}!` }));
  return makeFrame(wire, { ...event, item: { ...item, content } });
}

for (const wire of WIRES) {
  test(`${wire}: a local answer is shown, never goes up, and the thread goes on after it`, {
    timeout: 120_000,
  }, async (t) => {
    const scene = await world(t, { route: "proxy", wire, stages: [pong] });
    const first = await exec(scene, "//ping");
    assert.deepEqual([first.code, messages(first)], [0, ["pong, and it cost nothing"]]);
    const asked = () => scene.mock.record.turns.filter(({ kind }) => kind === "main");
    assert.deepEqual(asked(), []);

    const second = await exec(scene, "resume", "--last", "and now really");
    assert.deepEqual([second.code, messages(second)], [0, ["echo: and now really"]]);
    assert.equal(asked().length, 1);
    assert.deepEqual(scene.mock.record.violations, []);
  });

  test(`${wire}: an edited prompt goes up, edited events come down`, { timeout: 120_000 }, async (t) => {
    const scene = await world(t, { route: "proxy", wire, stages: [shout] });
    const shown = await exec(scene, "quiet");
    assert.deepEqual([shown.code, messages(shown)], [0, ["echo: LOUD!"]]);
    assert.deepEqual(scene.mock.record.violations, []);
  });

  test(`${wire}: a tool call and its follow-up run through a stage that sees every event`, {
    timeout: 120_000,
  }, async (t) => {
    const scene = await world(t, { route: "proxy", wire, stages: [shout] });
    const shown = await exec(scene, "run echo hi-from-tool");
    assert.deepEqual([shown.code, messages(shown)], [0, ["The tool said: hi-from-tool!"]]);
    assert.deepEqual(scene.mock.record.violations, []);
  });
}
