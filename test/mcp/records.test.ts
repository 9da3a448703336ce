/** Calls of MCP tools in the record of conversations: read, searched, counted, exported, masked, imported again. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, type TestContext, test } from "node:test";
import { transcript } from "../../src/cli/sessions/transcript.ts";
import { FORMATS } from "../../src/sessions/export/index.ts";
import type { ItemRow } from "../../src/sessions/ledger.ts";
import { sqliteReader } from "../../src/sessions/sqlite/reader.ts";
import type { Reader, StatsRow } from "../../src/sessions/store.ts";
import { ev, item } from "../../src/testing/events.ts";
import { inFolder, ledger } from "../sessions/export/ledger.ts";
import { codexMeta, type HookedScene, hookedScene } from "./hooked-scene.ts";
import { PlainClient } from "./inline-scene.ts";

const SECRET = `ghp_${"a1B2".repeat(9)}`;
const [gatewayThread, inlineThread] = [randomUUID(), randomUUID()];

/** The clients go when all tests are over. */
const ends: (() => unknown)[] = [];
const context = { after: (end: () => unknown) => void ends.push(end) } as unknown as TestContext;

let scene: HookedScene;
let reader: Reader;

before(async () => {
  scene = await hookedScene();
  const { mock, app, project } = scene;
  const headers = { "x-codex-plus-project": encodeURIComponent(project) };
  const metadata = JSON.stringify({ thread_id: gatewayThread, turn_id: "turn-1", request_kind: "turn" });
  mock.script([ev.created("r1"), ev.text("msg_1", "calling"), ev.completed("r1")]);
  const talking = new PlainClient(context, app, "sse", { ...headers, "x-codex-turn-metadata": metadata });
  await talking.say("look at the pomegranate");
  const meta = (call: string) => codexMeta(gatewayThread, call);
  await scene.call("every-thing__echo", { message: `pomegranate ${SECRET}` }, meta("exec-1"));
  await scene.call("every-thing__get-tiny-image", {}, meta("exec-2"));
  await scene.call("every-thing__get-sum", { a: "no number" }, meta("exec-3"));
  await scene.call("every-thing__echo", { message: "nobody's" });
  mock.script(
    [
      ev.created("r2"),
      ev.done(item.call("call_1", "mcp__every-thing__echo", { message: "quince" })),
      ev.completed("r2"),
    ],
    [ev.created("r3"), ev.text("msg_2", "it was echoed"), ev.completed("r3")],
  );
  await new PlainClient(context, app, "ws", { ...headers, "thread-id": inlineThread }).say("echo it");
  // All that waits is written when the proxy stops.
  await app.stop();
  reader = sqliteReader(scene.database);
});
after(async () => {
  for (const end of ends) end();
  reader.close();
  await scene.close();
});

const told = ({ type, role, tool, callId, mcp }: ItemRow): unknown[] => [
  type,
  tool ?? role,
  callId,
  mcp && { server: mcp.server, tool: mcp.tool, client: mcp.client, failed: mcp.failed },
];
const facts = (tool: string, failed = false, client = "test-client") => ({
  server: "every-thing",
  tool,
  client,
  failed,
});
const spoken = (id: string) => [...reader.items(id)].filter(({ role }) => role !== "context");
const NAME = "mcp__every-thing__";

test("a gateway's calls stand in the turn of the conversation that they were made for", () => {
  assert.deepEqual(spoken(gatewayThread).map(told), [
    ["message", "user", undefined, undefined],
    ["message", "assistant", undefined, undefined],
    ["mcp_tool_call", `${NAME}echo`, "exec-1", facts("echo")],
    ["mcp_tool_call_output", `${NAME}echo`, "exec-1", undefined],
    ["mcp_tool_call", `${NAME}get-tiny-image`, "exec-2", facts("get-tiny-image")],
    ["mcp_tool_call_output", `${NAME}get-tiny-image`, "exec-2", undefined],
    ["mcp_tool_call", `${NAME}get-sum`, "exec-3", facts("get-sum", true)],
    ["mcp_tool_call_output", `${NAME}get-sum`, "exec-3", undefined],
  ]);
  const [turn, ...more] = reader.turns(gatewayThread);
  assert.deepEqual([more, new Set(spoken(gatewayThread).map(({ turn: n }) => n))], [[], new Set([turn?.n])]);
});

test("calls that were made within an answer stand before what the model said then, and once", () => {
  assert.deepEqual(spoken(inlineThread).map(told), [
    ["message", "user", undefined, undefined],
    ["mcp_tool_call", `${NAME}echo`, "call_1", facts("echo", false, "inline")],
    ["mcp_tool_call_output", `${NAME}echo`, "call_1", undefined],
    ["message", "assistant", undefined, undefined],
  ]);
});

test("what a client calls that names no conversation is by itself", () => {
  const [own, ...more] = reader.threads({ kinds: ["other"] });
  assert.deepEqual([own?.title, own?.cwd, more], ["MCP calls of test-client", scene.project, []]);
  assert.deepEqual(spoken(own?.id ?? "").map(told)[0]?.[1], `${NAME}echo`);
});

test("calls are found by what was given and what came back, and counted", () => {
  const found = (query: string) => reader.search(query, {}).map(({ thread, tool }) => [thread.id, tool]);
  assert.deepEqual(found("quince"), [
    [inlineThread, `${NAME}echo`],
    [inlineThread, `${NAME}echo`],
  ]);
  assert.deepEqual(found("Echo: quince role:tool").length, 1);
  const rows = reader.stats("project", {});
  const sum = (of: (row: StatsRow) => number): number => rows.reduce((all, row) => all + of(row), 0);
  assert.deepEqual([sum(({ calls }) => calls), sum(({ failedCalls }) => failedCalls)], [5, 1]);
});

test("calls are shown with how they went, and exported in every format, secrets masked and pictures kept", async () => {
  const thread = reader.thread(gatewayThread);
  assert.ok(thread);
  const shown = [...transcript(reader, thread, { tools: true })].join("\n");
  assert.match(shown, /mcp__every-thing__get-sum.*\(\d+.*ms, failed\)/);
  await inFolder(async (folder) => {
    const ours = ledger(folder, "ours", scene.database);
    const texts = new Map<string, string>();
    for (const format of FORMATS) texts.set(format, (await ours.exported(gatewayThread, format, true)).text);
    for (const [format, text] of texts) {
      assert.ok(!text.includes(SECRET), format);
      assert.match(text, /pomegranate \[masked\]/, format);
      assert.match(text, /mcp__every-thing__get-sum/, format);
    }
    assert.match(texts.get("md") ?? "", /\*\*`mcp__every-thing__get-sum`\*\* · [\d.]+ m?s · failed\n/);
    assert.match(
      texts.get("html") ?? "",
      /mcp__every-thing__get-sum<\/b> <i class="badge">[^<]*<\/i> <i class="badge">failed/,
    );
    assert.match(texts.get("html") ?? "", /src="data:image\/png;base64,/);
  });
});

test("a conversation with calls that is exported and imported is what it was, however often", async () => {
  const alone = reader.threads({ kinds: ["other"] }).map(({ id }) => id);
  await inFolder(async (folder) => {
    const ours = ledger(folder, "ours", scene.database);
    for (const id of [gatewayThread, inlineThread, ...alone]) {
      const whole = await ours.exported(id, "json", false);
      const theirs = ledger(folder, `theirs-${id}`);
      await theirs.import(whole.path);
      await theirs.import(whole.path);
      const again = await theirs.exported(id, "json", false);
      assert.deepEqual(JSON.parse(again.text), JSON.parse(whole.text));
      const counted = (from: Reader): number[] => from.stats("project", {}).map(({ calls }) => calls);
      const calls = [...reader.items(id)].filter(({ mcp }) => mcp !== undefined).length;
      assert.deepEqual(await theirs.reading(async (imported) => counted(imported)), [calls]);
    }
  });
});
