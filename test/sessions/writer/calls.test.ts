import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Item } from "../../../src/protocol/request.ts";
import type { Call, ItemRow, Leg } from "../../../src/sessions/ledger.ts";
import { callOf } from "../../../src/sessions/recorder/digest/call.ts";
import { itemFacts } from "../../../src/sessions/recorder/digest/item.ts";
import type { Called } from "../../../src/sessions/recorder/notes.ts";
import { type Library, library } from "../reader/library.ts";
import { ledgerOf } from "./ledger.ts";
import { leg, thread, user } from "./legs.ts";

const AT = Date.parse("2026-11-22T12:00:00Z");

function call(id: string, more: Partial<Called> = {}): Call {
  const called: Called = {
    what: "called",
    id,
    thread: "t",
    session: "t",
    turn: "turn-1",
    request: undefined,
    callId: `exec-${id}`,
    client: "codex-mcp-client",
    cwd: "/work",
    server: "my srv",
    tool: "one-two",
    name: "mcp__my_srv__one-two",
    input: { question: "whereabouts" },
    content: [{ type: "text", text: "beneath the floorboards" }],
    structured: undefined,
    at: AT,
    ms: 12.5,
    failed: false,
    ...more,
  };
  return callOf(called, { run: "run", blobBytes: 1000 });
}

const MCP = { server: "my srv", tool: "one-two", client: "codex-mcp-client", at: AT, ms: 12.5, failed: false };
const NAME = "mcp__my_srv__one-two";

/** A turn of the thread `t` whose model makes a classic call of that tool. */
function classic(more: Partial<Leg> = {}): Leg {
  const wire = { namespace: "mcp__plus", name: "my_srv__one_two", arguments: "{}" };
  const facts = (item: Item) => itemFacts(item, { blobBytes: 1000 });
  return leg("1", {
    thread: thread("t"),
    turn: "turn-1",
    begins: true,
    started: AT - 100,
    asked: [user("call it", "m1")],
    answered: [
      facts({ type: "function_call", id: "fc_1", call_id: "call_1", ...wire }),
      facts({ type: "function_call_output", id: "fco_1", call_id: "call_1", output: "beneath the floorboards" }),
    ],
    ...more,
  });
}

const shown = ({ type, tool, turn, text, mcp, at }: ItemRow) => ({ type, tool, turn, text, mcp, at });
const items = ({ reader }: Library, id = "t") => [...reader.items(id)].map(shown);

function kept(context: TestContext, ...entries: (Leg | Call)[]): Library {
  const kept = library(context);
  // Each by itself: in the order in which they come.
  for (const entry of entries) kept.writer.append([entry]);
  ledgerOf(kept.path);
  return kept;
}

test("a call that the wire does not show is two items of its turn: what it was given, and what came back", (context) => {
  const begun = leg("1", { thread: thread("t"), turn: "turn-1", begins: true, started: AT, asked: [user("go", "m1")] });
  const { reader, ...rest } = kept(context, begun, call("1"));
  const [turn] = reader.turns("t");
  assert.deepEqual(items({ reader, ...rest }).slice(1), [
    { type: "mcp_tool_call", tool: NAME, turn: turn?.n, text: "question: whereabouts", mcp: MCP, at: AT },
    {
      type: "mcp_tool_call_output",
      tool: NAME,
      turn: turn?.n,
      text: "beneath the floorboards",
      mcp: undefined,
      at: AT + 13,
    },
  ]);
  const hits = (query: string) => reader.search(query, {}).map(({ item, tool }) => [item, tool]);
  assert.deepEqual([hits("whereabouts"), hits("floorboards")], [[[2, NAME]], [[3, NAME]]]);
  assert.deepEqual(reader.search(`floorboards tool:${NAME}`, {}).length, 1);
});

test("a call that stands on the wire is not told twice, whichever of the two is known first", (context) => {
  const wire = call("1", { callId: "call_1" });
  for (const entries of [
    [classic(), wire],
    [wire, classic()],
  ]) {
    const here = kept(context, ...entries);
    assert.deepEqual(
      items(here)
        .map(({ type, tool, mcp }) => [type, tool, mcp])
        .slice(1),
      [
        ["function_call", NAME, MCP],
        ["function_call_output", NAME, undefined],
      ],
    );
    assert.deepEqual(here.reader.search("floorboards", {}).length, 1);
    assert.deepEqual(here.reader.search(`floorboards tool:${NAME}`, {}).length, 1);
  }
});

test("another call of the same id is another call", (context) => {
  const theirs = itemFacts(
    { type: "function_call", id: "fc_9", call_id: "call_1", name: "shell", arguments: "{}" },
    { blobBytes: 1 },
  );
  const here = kept(
    context,
    leg("1", { thread: thread("t"), turn: "turn-1", begins: true, started: AT, answered: [theirs] }),
    call("1", { callId: "call_1" }),
    call("2", { callId: "call_1", at: AT + 1000, failed: true }),
  );
  assert.deepEqual(
    items(here).map(({ type, tool }) => [type, tool]),
    [
      ["function_call", "shell"],
      ["mcp_tool_call", NAME],
      ["mcp_tool_call_output", NAME],
      ["mcp_tool_call", NAME],
      ["mcp_tool_call_output", NAME],
    ],
  );
  assert.deepEqual(
    items(here).flatMap(({ type, mcp }) => (type.endsWith("_call") ? [mcp?.failed] : [])),
    [undefined, false, true],
  );
});

test("a call belongs to the leg it was made in, to its turn, or to what a client does on one day", (context) => {
  const inline = leg("run/req_1", { thread: thread("ours"), begins: true, started: AT, asked: [user("go", "m1")] });
  const { reader, ...rest } = kept(
    context,
    inline,
    call("1", { thread: undefined, turn: undefined, request: "req_1", client: "inline" }),
    call("2", { thread: undefined, session: undefined, turn: undefined, client: "inspector" }),
    call("3", { thread: undefined, session: undefined, turn: undefined, client: "inspector", at: AT + 1000 }),
    call("4", { thread: "agent", session: "ours" }),
    call("5", { thread: "early", session: "early", turn: "turn-7" }),
    leg("early", { thread: thread("early"), turn: "turn-7", begins: true, started: AT }),
  );
  assert.deepEqual(items({ reader, ...rest }, "ours").length, 3);
  const threads = reader.threads({ kinds: ["user", "other", "subagent"] });
  assert.deepEqual(
    threads
      .map(({ id, kind, root, title, turns }) => [id.slice(0, 4), kind, root.slice(0, 4), title, turns])
      .toSorted(),
    [
      ["agen", "subagent", "ours", undefined, 0],
      ["earl", "user", "earl", undefined, 1],
      ["mcp_", "other", "mcp_", "MCP calls of inspector", 0],
      ["ours", "user", "ours", undefined, 1],
    ],
  );
  const [turn] = reader.turns("early");
  assert.deepEqual(
    items({ reader, ...rest }, "early").map(({ turn: n }) => n),
    [turn?.n, turn?.n],
  );
});

test("calls are counted with their turns, and by the day also where they have none", (context) => {
  const { reader } = kept(
    context,
    classic({ model: "m" }),
    call("1"),
    call("2", { failed: true }),
    call("3", { thread: undefined, session: undefined, turn: undefined, client: "inspector" }),
  );
  const told = (by: "day" | "model") =>
    reader.stats(by, {}).map(({ key, turns, calls, failedCalls }) => [key, turns, calls, failedCalls]);
  assert.deepEqual(
    told("day").map(([, ...more]) => more),
    [[1, 3, 1]],
  );
  assert.deepEqual(told("model"), [
    ["m", 1, 2, 1],
    ["", 0, 1, 0],
  ]);
  assert.deepEqual(
    reader.stats("day", { before: AT }).map(({ calls }) => calls),
    [0],
  );
});

test("pictures are kept as pictures, long texts as their beginning, anything else as it is", (context) => {
  const picture = Buffer.from("a picture").toString("base64");
  const { reader } = kept(
    context,
    call("1", {
      content: [
        { type: "image", data: picture, mimeType: "image/png" },
        { type: "resource", resource: { uri: "file:///a", text: "words" } },
        { type: "resource", resource: { uri: "file:///b", blob: picture, mimeType: "application/pdf" } },
        { type: "resource_link", uri: "file:///c", name: "c" },
        { type: "text", text: "x".repeat(1024 * 1024 + 7) },
      ],
    }),
    call("2", { content: [], structured: { answer: 42 } }),
  );
  const outputs = [...reader.items("t")].filter(({ type }) => type.endsWith("_output"));
  const [first, second] = outputs.map(({ body }) => JSON.parse(body).output.content);
  const hash = /blob\/([0-9a-f]{64})/.exec(first[0].image_url)?.[1] ?? "";
  assert.deepEqual(first.slice(0, 4), [
    { type: "input_image", image_url: `codex-plus:blob/${hash}` },
    { type: "resource", resource: { uri: "file:///a" }, text: "words" },
    { type: "resource", resource: { uri: "file:///b" }, file_data: `codex-plus:blob/${hash}` },
    { type: "text", text: '{"type":"resource_link","uri":"file:///c","name":"c"}' },
  ]);
  assert.match(first[4].text, /x\n… \(7 more characters are not recorded\)$/);
  assert.deepEqual(second, [{ type: "text", text: '{"answer":42}' }]);
  assert.equal(Buffer.from(reader.blob(hash)?.bytes ?? []).toString(), "a picture");
});

test("calls go with their thread", (context) => {
  const { reader, writer, path } = kept(context, classic(), call("1"), call("2", { callId: "call_1" }));
  assert.equal(writer.remove(["t"]), 1);
  assert.deepEqual([reader.stats("day", {}), ledgerOf(path).threads], [[], []]);
});
