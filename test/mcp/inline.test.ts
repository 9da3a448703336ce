/** Calls of MCP tools made within the answer, for clients that know nothing of them: on both wires, through the whole proxy. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ev, type Item, item, type WireEvent } from "../../src/testing/events.ts";
import { answer, type InlineScene, inlineScene, output, PlainClient, type SceneOptions, said } from "./inline-scene.ts";

const WIRES = ["sse", "ws"] as const;
type Wire = (typeof WIRES)[number];

interface Talk extends InlineScene {
  readonly client: PlainClient;
}

async function talk(t: TestContext, wire: Wire, options: SceneOptions, ...answers: WireEvent[][]): Promise<Talk> {
  const here = await inlineScene(t, options);
  here.mock.script(...answers);
  t.after(() => assert.deepEqual(here.mock.record.violations, []));
  return { ...here, client: new PlainClient(t, here.app, wire) };
}

const add = {
  sums__add: ({ input }: { input: Readonly<Record<string, unknown>> }) =>
    said(String(Number(input.a) + Number(input.b))),
};
const sum = (id: string, a: number, b: number): Item => item.call(id, "mcp__sums__add", { a, b });
const prompt = (text: string): Item => ({ type: "message", role: "user", content: text }) as Item;

for (const wire of WIRES) {
  test(`${wire}: a call of ours is made within the answer, and later requests bring it as upstream knows it`, async (t) => {
    const [before, call, after] = [
      item.text("msg_1", "let me see"),
      sum("call_1", 2, 3),
      item.text("msg_2", "it is 5"),
    ];
    const { client, sent, made } = await talk(t, wire, { tools: add }, answer("r1", before, call), answer("r2", after));
    const events = await client.say("what is 2+3?");
    const used = { input: 240, output: 24 };
    assert.deepEqual(events, [
      ev.created("r1"),
      ev.done(before, 0),
      ev.done(after, 1),
      ev.completed("r2", used, [before, after]),
    ]);
    assert.deepEqual(
      made.map(({ name, input, caller: { signal: _, request: __, project: ___, ...caller } }) => ({
        name,
        input,
        caller,
      })),
      [
        {
          name: "mcp__sums__add",
          input: { a: 2, b: 3 },
          caller: { thread: undefined, turn: undefined, client: "inline", call: "call_1" },
        },
      ],
    );
    const told = [before, call, output("call_1", "5")];
    assert.deepEqual(sent(), [
      [prompt("what is 2+3?")],
      wire === "ws" ? told.slice(-1) : [prompt("what is 2+3?"), ...told],
    ]);

    client.hangUp();
    await client.say("thanks");
    assert.deepEqual(sent().at(-1), [prompt("what is 2+3?"), ...told, after, prompt("thanks")]);
  });
}
