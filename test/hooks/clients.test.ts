/** Hooks and the openai SDK: an application's own function tools, which no Codex sees. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import OpenAI from "openai";
import type { FunctionTool, ResponseInput } from "openai/resources/responses/responses";
import { ev, item, streamedText } from "../../src/testing/events.ts";
import { commands, type Scene, says, scene } from "./scene.ts";

const TOOLS: FunctionTool[] = [{ type: "function", name: "lookup", parameters: {}, strict: false }];
const GUARD = `grep -q forbidden && { echo 'not that one' >&2; exit 2; }; exit 0`;
const guard = { PreToolUse: [{ matcher: "lookup", hooks: [{ type: "command", command: GUARD }] }] };
const denial = (id: string) => ({
  type: "function_call_output",
  call_id: id,
  output: `PreToolUse:lookup hook error: [${GUARD}]: not that one\n`,
});

const forbidden = item.call("call_1", "lookup", { who: "forbidden" });
const allowed = item.call("call_2", "lookup", { who: "me" });
const said = item.text("msg_2", "all done");

async function sdk(t: TestContext, hooks: object): Promise<{ here: Scene; openai: OpenAI }> {
  const here = await scene(t);
  await here.hooks(hooks);
  t.after(() => assert.deepEqual(here.mock.record.violations, []));
  return { here, openai: new OpenAI({ apiKey: "sk-test", baseURL: `${here.app.url}/v1`, maxRetries: 0 }) };
}

const inputs = ({ mock }: Scene) => mock.record.turns.map(({ json }) => json.input);
const prompt = { role: "user" as const, content: "look them up" };

test("the openai SDK's stream helper reads an answer that a call was taken out of, and its next request is complete", async (t) => {
  const { here, openai } = await sdk(t, guard);
  here.mock.script(
    [
      ev.created("resp_1"),
      ...streamedText("msg_1", "let me see", 0),
      ev.added({ ...forbidden, arguments: "" }, 1),
      ev.done(forbidden, 1),
      ev.added({ ...allowed, arguments: "" }, 2),
      ev.done(allowed, 2),
      ...streamedText("msg_3", "soon", 3),
      ev.completed("resp_1", undefined, [
        item.text("msg_1", "let me see"),
        forbidden,
        allowed,
        item.text("msg_3", "soon"),
      ]),
    ],
    [ev.created("resp_2"), ...streamedText("msg_2", "all done"), ev.completed("resp_2", undefined, [said])],
  );
  const input: ResponseInput = [prompt];
  const ask = { model: "gpt-5.5", store: false, tools: TOOLS };
  const first = await openai.responses.stream({ ...ask, input }).finalResponse();
  assert.deepEqual(
    first.output.map(({ type, id }) => [type, id]),
    [
      ["message", "msg_1"],
      ["function_call", allowed.id],
      ["message", "msg_3"],
    ],
  );
  const call = {
    type: "function_call" as const,
    call_id: "call_2",
    name: "lookup",
    arguments: String(allowed.arguments),
  };
  input.push(call, { type: "function_call_output", call_id: "call_2", output: "found" });
  const second = await openai.responses.stream({ ...ask, input }).finalResponse();
  assert.equal(second.output_text, "all done");
  assert.deepEqual(inputs(here).at(-1), [prompt, call, forbidden, input[2], denial("call_1")]);
});

test("an answer in one piece is gated too: the model is told, and what it says then is the answer", async (t) => {
  const { here, openai } = await sdk(t, guard);
  const whole = (id: string, output: readonly object[]) => ({
    headers: { "content-type": "application/json" },
    body: { id, object: "response", status: "completed", output },
  });
  here.mock.script(whole("resp_1", [forbidden]), whole("resp_2", [said]), whole("resp_3", [allowed]));
  const ask = { model: "gpt-5.5", store: false, tools: TOOLS, input: [prompt] };
  const answer = await openai.responses.create(ask);
  assert.deepEqual([answer.id, answer.output], ["resp_2", [said]]);
  assert.deepEqual(inputs(here), [[prompt], [prompt, forbidden, denial("call_1")]]);
  const response = await fetch(`${here.app.url}/v1/responses`, {
    method: "POST",
    headers: { authorization: "Bearer sk-test", "content-type": "application/json" },
    body: JSON.stringify(ask),
  });
  assert.equal(
    await response.text(),
    JSON.stringify(whole("resp_3", [allowed]).body),
    "what may pass passes as it came",
  );
});

test("hooks hear of an application's tools by their own names, and of their outputs", async (t) => {
  const keep = (name: string) => `cat > ${name}.json`;
  const updated = says({ hookSpecificOutput: { hookEventName: "PostToolUse", updatedToolOutput: "masked" } });
  const { here, openai } = await sdk(t, {
    PreToolUse: commands(keep("before")),
    PostToolUse: commands(keep("after"), updated),
  });
  here.mock.script(
    [
      ev.created("resp_1"),
      ev.added({ ...allowed, arguments: "" }),
      ev.done(allowed),
      ev.completed("resp_1", undefined, [allowed]),
    ],
    [ev.created("resp_2"), ...streamedText("msg_2", "all done"), ev.completed("resp_2", undefined, [said])],
  );
  const ask = { model: "gpt-5.5", store: false, tools: TOOLS };
  await openai.responses.stream({ ...ask, input: [prompt] }).finalResponse();
  const call = {
    type: "function_call" as const,
    call_id: "call_2",
    name: "lookup",
    arguments: String(allowed.arguments),
  };
  const output = { type: "function_call_output" as const, call_id: "call_2", output: "found" };
  await openai.responses.stream({ ...ask, input: [prompt, call, output] }).finalResponse();
  const read = async (name: string) => JSON.parse(await readFile(join(here.home, `${name}.json`), "utf8"));
  const told = { tool_name: "lookup", tool_input: { who: "me" }, tool_use_id: "call_2" };
  const { tool_name, tool_input, tool_use_id } = await read("before");
  assert.deepEqual({ tool_name, tool_input, tool_use_id }, told);
  const after = await read("after");
  assert.deepEqual(
    { tool_name: after.tool_name, tool_use_id: after.tool_use_id, tool_response: after.tool_response },
    { tool_name: "lookup", tool_use_id: "call_2", tool_response: "found" },
  );
  assert.deepEqual(inputs(here).at(-1), [prompt, call, { ...output, output: "masked" }]);
});
