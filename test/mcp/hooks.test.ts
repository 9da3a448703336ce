/** A person's hooks around calls of MCP tools: through the gateway, and within answers. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, beforeEach, type TestContext, test } from "node:test";
import { ev, item } from "../../src/testing/events.ts";
import { codexMeta, group, type HookedScene, hookedScene, notes } from "./hooked-scene.ts";
import { itemsIn, PlainClient } from "./inline-scene.ts";

let scene: HookedScene;
let file = "";
let count = 0;
before(async () => {
  scene = await hookedScene();
});
beforeEach(() => {
  count += 1;
  file = `told-${count}.jsonl`;
});
after(() => scene.close());

const pre = (output: object): object => ({ hookSpecificOutput: { hookEventName: "PreToolUse", ...output } });
const post = (output: object): object => ({ hookSpecificOutput: { hookEventName: "PostToolUse", ...output } });
const text = (...texts: string[]) => texts.map((each) => ({ type: "text", text: each }));
const entity = { entities: [{ name: "codex", entityType: "program", observations: ["it speaks"] }] };

test("a server's tools are kept from being called by its name, and the others are not", async () => {
  const denies = notes(file, pre({ permissionDecision: "deny", permissionDecisionReason: "read only" }));
  await scene.hooks({ PreToolUse: [group("mcp__memory__(create|delete)_.*", denies)] });
  assert.deepEqual(await scene.call("memory__create_entities", entity, codexMeta("thread-1", "exec-1")), {
    content: text("PreToolUse:mcp__memory__create_entities hook error: read only"),
    isError: true,
  });
  const { content } = await scene.call("memory__read_graph");
  assert.deepEqual(content, text(JSON.stringify({ entities: [], relations: [] }, null, 2)));
  const [told, ...more] = await scene.told(file);
  const { transcript_path: path, ...rest } = told ?? {};
  assert.deepEqual(more, []);
  assert.match(String(path), /thread-1.*\.jsonl$/);
  assert.deepEqual(rest, {
    session_id: "thread-1",
    cwd: scene.project,
    prompt_id: "turn-1",
    permission_mode: "default",
    hook_event_name: "PreToolUse",
    tool_name: "mcp__memory__create_entities",
    tool_input: entity,
    tool_use_id: "exec-1",
  });
});

test("hyphens in a matcher are those of the server's name; what a hook changes is what the tool is given", async () => {
  const changes = notes(file, pre({ permissionDecision: "allow", updatedInput: { message: "changed" } }));
  await scene.hooks({ PreToolUse: [group("mcp__every-thing__echo", changes)] });
  assert.deepEqual((await scene.call("every-thing__echo", { message: "hello" })).content, text("Echo: changed"));
  assert.deepEqual(
    (await scene.told(file)).map(({ tool_input }) => tool_input),
    [{ message: "hello" }],
  );
});

test("what came of a call is told as content blocks; another output takes its place, and feedback stands behind", async () => {
  const masks = notes(file, { ...post({ updatedMCPToolOutput: [{ type: "text", text: "masked" }] }) });
  const blocks = `echo 'look again' >&2; exit 2`;
  await scene.hooks({ PostToolUse: [group("mcp__every-thing__.*", masks, blocks)] });
  const { content } = await scene.call("every-thing__echo", { message: "secret" });
  assert.deepEqual(content, [
    { type: "text", text: "masked" },
    {
      type: "text",
      text: `PostToolUse:mcp__every-thing__echo hook blocking error from command: "${blocks}": [${blocks}]: look again\n`,
    },
  ]);
  assert.deepEqual(
    (await scene.told(file)).map(({ tool_response }) => tool_response),
    [text("Echo: secret")],
  );
});

test("a tool that fails is told of as a failure", async () => {
  await scene.hooks({ PostToolUseFailure: [group("mcp__.*", notes(file))], PostToolUse: [group("*", notes(file))] });
  const { isError } = await scene.call("every-thing__get-sum", { a: "no number", b: 1 });
  assert.equal(isError, true);
  const told = await scene.told(file);
  assert.deepEqual(
    told.map(({ hook_event_name, is_interrupt }) => [hook_event_name, is_interrupt]),
    [["PostToolUseFailure", false]],
  );
  assert.match(String(told[0]?.error), /expected number/);
});

for (const wire of ["sse", "ws"] as const) {
  test(`${wire}: a call within an answer is judged too, and the model is told what hooks have said`, async (t) => {
    const denies = notes(file, pre({ permissionDecision: "deny", permissionDecisionReason: "not now" }));
    const adds = notes(file, post({ additionalContext: "by the way" }));
    await scene.hooks({
      PreToolUse: [group("mcp__memory__.*", denies)],
      PostToolUse: [group("mcp__every-thing__echo", adds)],
    });
    const [echo, write] = [
      item.call("call_1", "mcp__every-thing__echo", { message: "hello" }),
      item.call("call_2", "mcp__memory__create_entities", entity),
    ];
    const begin = scene.mock.record.turns.length;
    scene.mock.script(
      [ev.created("r1"), ev.done(echo, 0), ev.done(write, 1), ev.completed("r1")],
      [ev.created("r2"), ev.text("msg_1", "done"), ev.completed("r2")],
    );
    await inline(t, wire).say("do it");
    const sent = scene.mock.record.turns.slice(begin).at(-1)?.json.input as { call_id?: string; output?: unknown }[];
    const outputs = sent.filter(({ output }) => output !== undefined).map(({ call_id, output }) => [call_id, output]);
    const said = "PostToolUse:mcp__every-thing__echo hook additional context: by the way";
    assert.deepEqual(
      outputs.map(([id]) => id),
      ["call_1", "call_2"],
    );
    assert.match(JSON.stringify(outputs[0]?.[1]), /Echo: hello/);
    assert.ok(JSON.stringify(outputs[0]?.[1]).includes(said));
    assert.match(JSON.stringify(outputs[1]?.[1]), /PreToolUse:mcp__memory__create_entities hook error: not now/);
    const told = await scene.told(file);
    assert.deepEqual(told.map(({ hook_event_name, tool_use_id }) => [hook_event_name, tool_use_id]).toSorted(), [
      ["PostToolUse", "call_1"],
      ["PreToolUse", "call_2"],
    ]);
  });

  test(`${wire}: a hook that ends the turn ends the answer, and a person is told why`, async (t) => {
    await scene.hooks({ PostToolUse: [group("mcp__.*", `echo '{"continue":false,"stopReason":"enough"}'`)] });
    const echo = item.call("call_1", "mcp__every-thing__echo", { message: "hello" });
    const begin = scene.mock.record.turns.length;
    scene.mock.script([ev.created("r1"), ev.done(echo, 0), ev.completed("r1", undefined, [echo])]);
    const client = inline(t, wire);
    const events = await client.say("do it");
    assert.deepEqual(Reflect.get(events.at(-1)?.response ?? {}, "output"), itemsIn(events));
    assert.deepEqual(
      itemsIn(events).map(({ content }) => content),
      [[{ type: "output_text", text: "Operation stopped by hook: enough" }]],
    );
    assert.equal(scene.mock.record.turns.length - begin, 1);
    // The next prompt brings what the tool has said, and nothing of the notice.
    scene.mock.script([ev.created("r2"), ev.text("msg_1", "done"), ev.completed("r2")]);
    await client.say("and now");
    const sent = scene.mock.record.turns.at(-1)?.json.input as { type: string; output?: unknown }[];
    assert.deepEqual(
      sent.map(({ type, output }) => [type, output]),
      [
        ["message", undefined],
        ["function_call", undefined],
        ["function_call_output", "Echo: hello\nOperation stopped by hook: enough"],
        ["message", undefined],
      ],
    );
  });
}

function inline(t: TestContext, wire: "sse" | "ws"): PlainClient {
  return new PlainClient(t, scene.app, wire, {
    "thread-id": randomUUID(),
    "x-codex-plus-project": encodeURIComponent(scene.project),
  });
}
