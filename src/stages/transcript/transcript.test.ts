import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { HookInput } from "../../hooks/hook.ts";
import { createLogger } from "../../log.ts";
import type { ItemRow } from "../../sessions/ledger.ts";
import { Transcripts } from "./index.ts";

const AT = Date.UTC(2026, 10, 22, 12);
const base = { tool: undefined, leg: 1, out: true, at: AT, partial: false, body: "{}" };
const ITEMS: readonly ItemRow[] = [
  { ...base, n: 1, type: "message", role: "context", text: "", out: false },
  { ...base, n: 2, type: "message", role: "user", text: "list the files", out: false },
  { ...base, n: 3, type: "reasoning", role: "reasoning", text: "**Listing**" },
  {
    ...base,
    n: 4,
    type: "function_call",
    role: "tool",
    tool: "exec_command",
    callId: "call_1",
    text: "cmd: ls",
    body: '{"type":"function_call","name":"exec_command","arguments":"{\\"cmd\\":\\"ls\\"}","call_id":"call_1"}',
  },
  { ...base, n: 5, type: "function_call_output", role: "tool", callId: "call_1", text: "a.txt", out: false },
  { ...base, n: 6, id: "msg_1", type: "message", role: "assistant", text: "There is a.txt.", leg: 2 },
];
const USAGE = { input: 100, cached: 60, output: 7, reasoning: 2 };

/** Transcripts of a conversation whose first so many items are recorded, some at a time. */
async function room(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "codex-plus-transcript-"));
  t.after(() => rm(folder, { recursive: true }));
  const known = { items: 0, asked: [] as number[] };
  const transcripts = new Transcripts({
    folder: join(folder, "transcripts"),
    log: createLogger("silent"),
    behind: async (_, after) => {
      known.asked.push(after);
      const left = ITEMS.slice(0, known.items).filter(({ n }) => n > after);
      const legs = new Map([[2, { model: "gpt-6.1-sol", usage: USAGE }]]);
      return { items: left.slice(0, 2), legs, more: left.length > 2 };
    },
  });
  const path = transcripts.pathOf("thread-1");
  const input: HookInput = { session_id: "thread-1", transcript_path: path, cwd: "/project" };
  const lines = async () =>
    (await readFile(path, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  return { transcripts, path, input, known, lines };
}

test("a conversation is told as Claude Code tells it, in a file of its owner's", async (t) => {
  const { transcripts, path, input, known, lines } = await room(t);
  known.items = 6;
  await transcripts.update(input);
  const told = await lines();
  assert.deepEqual(
    told.map(({ type, message }) => [type, message.role, message.content]),
    [
      ["user", "user", "list the files"],
      ["assistant", "assistant", [{ type: "thinking", thinking: "**Listing**", signature: "" }]],
      ["assistant", "assistant", [{ type: "tool_use", id: "call_1", name: "Bash", input: { command: "ls" } }]],
      ["user", "user", [{ tool_use_id: "call_1", type: "tool_result", content: "a.txt", is_error: false }]],
      ["assistant", "assistant", [{ type: "text", text: "There is a.txt." }]],
    ],
  );
  const { message, uuid, version, ...last } = told.at(-1);
  assert.deepEqual(last, {
    parentUuid: told.at(-2).uuid,
    isSidechain: false,
    timestamp: "2026-11-22T12:00:00.000Z",
    userType: "external",
    entrypoint: "codex-plus",
    cwd: "/project",
    sessionId: "thread-1",
    type: "assistant",
    item: 6,
  });
  assert.deepEqual(message, {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "gpt-6.1-sol",
    content: [{ type: "text", text: "There is a.txt." }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 40, cache_creation_input_tokens: 0, cache_read_input_tokens: 60, output_tokens: 7 },
  });
  assert.deepEqual(
    [typeof uuid, typeof version, told[0].parentUuid, (await stat(path)).mode & 0o777],
    ["string", "string", null, 0o600],
  );
});

test("it grows by what was said since, also when an earlier process has broken off in a line", async (t) => {
  const { transcripts, path, input, known, lines } = await room(t);
  known.items = 2;
  await transcripts.update(input);
  const first = await readFile(path, "utf8");
  await appendFile(path, '{"uuid":"half');
  known.items = 5;
  known.asked = [];
  await Promise.all([transcripts.update(input), transcripts.update(input)]);
  const whole = await readFile(path, "utf8");
  assert.ok(whole.startsWith(first));
  const items = whole.split("\n").flatMap((line) => /"item":(\d)/.exec(line)?.[1] ?? []);
  assert.deepEqual(
    [items, known.asked],
    [
      ["2", "3", "4", "5"],
      [2, 4, 5],
    ],
  );
  await assert.rejects(lines);
});

test("what the model has just said is there before it is recorded, and once only", async (t) => {
  const { transcripts, input, known, lines } = await room(t);
  known.items = 5;
  const said = { ...input, last_assistant_message: "There is a.txt." };
  await transcripts.update(said);
  await transcripts.update(said);
  known.items = 6;
  await transcripts.update(input);
  await transcripts.update(said);
  const texts = (await lines()).map(({ message }) => message.content.at(-1).text ?? message.content.at(-1).type);
  assert.deepEqual(texts.slice(1), ["thinking", "tool_use", "tool_result", "There is a.txt."]);
});

test("without a record there is an empty file", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "codex-plus-transcript-"));
  t.after(() => rm(folder, { recursive: true }));
  const transcripts = new Transcripts({ folder, behind: undefined, log: createLogger("silent") });
  const path = transcripts.pathOf("../x");
  await transcripts.update({ session_id: "../x", transcript_path: path, cwd: "/" });
  assert.deepEqual([path, await readFile(path, "utf8")], [join(folder, "__x-d6b96a97.jsonl"), ""]);
});

test("a sub-agent's conversation has a file of its own", async (t) => {
  const { transcripts, input, known, lines } = await room(t);
  known.items = 2;
  const own = transcripts.pathOf("agent-1");
  const agent = { agent_id: "agent-1", agent_transcript_path: own, last_assistant_message: "Painted." };
  await transcripts.update({ ...input, ...agent });
  const [typed, said] = (await readFile(own, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    [typed.sessionId, said.message.content[0].text, (await lines()).map(({ sessionId }) => sessionId)],
    ["agent-1", "Painted.", ["thread-1"]],
  );
});
