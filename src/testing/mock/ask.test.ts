import assert from "node:assert/strict";
import { test } from "node:test";
import { type Item, item } from "../events.ts";
import { counter, readAsk } from "./ask.ts";

const ids = counter()();
const user = (text: string): Item => ({ type: "message", role: "user", content: [{ type: "input_text", text }] });
const ask = (body: object, history: readonly Item[] = [], metadata?: object) =>
  readAsk("sse", { model: "m", ...body }, history, ids, metadata && JSON.stringify(metadata));

test("the prompt is the last text that a person typed, not the texts that Codex puts in their role", () => {
  const history = [
    user("# AGENTS.md instructions"),
    user("real one"),
    user("<environment_context>"),
    item.text("msg_1", "x"),
  ];
  assert.equal(ask({}, history).prompt, "real one");
  assert.equal(ask({}).prompt, "");
});

test("the kind is what the metadata says; without any, a person's own turn", () => {
  const kinds = [
    ask({}),
    ask({ generate: false }),
    ask({}, [{ type: "compaction_trigger" }]),
    ask({}, [], { request_kind: "turn", thread_source: "thread_title" }),
    ask({}, [], { request_kind: "turn", thread_source: "user" }),
    ask({ client_metadata: { "x-codex-turn-metadata": '{"request_kind":"memory"}' } }, [], { request_kind: "turn" }),
  ];
  assert.deepEqual(
    kinds.map(({ kind }) => kind),
    ["main", "warmup", "compact", "side", "main", "side"],
  );
});

test("the shell is taken in the form that the client offers it", () => {
  const exec = { type: "custom", name: "exec" };
  const added = (tools: object[]): Item[] => [{ type: "additional_tools", tools }];
  const shells = [
    ask({}, added([{ type: "namespace", name: "functions", tools: [exec] }])),
    ask({}, added([exec])),
    ask({ tools: [{ type: "function", name: "exec_command" }] }),
    ask({ tools: [{ type: "web_search" }] }),
  ];
  assert.deepEqual(
    shells.map(({ shell }) => shell),
    ["program", "bare-program", "call", "none"],
  );
});

test("a tool's output is what it printed, without Codex's summary of the run", () => {
  const outputs = [
    "Chunk ID: 1\nWall time: 0\nOutput:\nhi\n",
    [
      { type: "input_text", text: "Script completed\nOutput:\n" },
      { type: "input_text", text: "hi\n" },
    ],
    "hi\n",
  ];
  for (const output of outputs) {
    assert.equal(ask({}, [{ type: "function_call_output", call_id: "c", output }]).toolOutput, "hi\n");
  }
  assert.equal(ask({}, [user("x")]).toolOutput, undefined);
});
