import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { GatedCalls } from "../../hooks/gated.ts";
import type { AnyEvent, HookEvent, HookInput, Verdict } from "../../hooks/hook.ts";
import { StoppedTurns } from "../../hooks/stopped.ts";
import type { Caller, NamedTool, ToolCall } from "../../mcp/mcp.ts";
import { callHooks } from "../calls.ts";
import { toolNames } from "./names.ts";

type Says = (event: HookEvent, input: HookInput) => Partial<Verdict>;
type Input = ToolCall["input"];

const NOTHING: Verdict = { context: [], messages: [], runs: [] };
const ALL: readonly AnyEvent[] = ["PreToolUse", "PostToolUse", "PostToolUseFailure"];
const SERVER: NamedTool["server"] = {
  name: "memory",
  key: "memory",
  scope: "user",
  file: "/home/.claude.json",
  project: "/work",
  config: { type: "stdio", args: [], env: {}, headers: {} },
  digest: "00",
  missing: [],
};

/** Hooks that say this, and what they were told. */
function room(says: Says = () => ({}), listening: readonly AnyEvent[] = ALL) {
  const fired: [HookEvent, HookInput][] = [];
  const later: string[] = [];
  const [gated, ended] = [new GatedCalls(), new StoppedTurns()];
  const around = callHooks({
    hooks: {
      events: () => new Set(listening),
      fire: async (event, input) => {
        fired.push([event, input]);
        return { ...NOTHING, ...says(event, input) };
      },
      later: (_, messages) => void later.push(...messages),
    },
    gated,
    ended,
    transcript: (session) => `/transcripts/${session}.jsonl`,
  });
  const made: Input[] = [];
  const call = (
    result: CallToolResult | Error = text("the graph"),
    caller: Partial<Caller> = {},
  ): Promise<CallToolResult> => {
    const whole: Caller = {
      project: "/work",
      thread: "s",
      turn: "t",
      call: "c1",
      client: "codex-mcp-client",
      signal: new AbortController().signal,
      ...caller,
    };
    const tool = { name: "read_graph", inputSchema: { type: "object" as const } };
    return around(
      { server: SERVER, tool, name: "mcp__memory__read_graph", input: { a: 1 }, caller: whole },
      async (input) => {
        made.push(input);
        if (result instanceof Error) throw result;
        return result;
      },
    );
  };
  return { call, fired, made, later, gated, ended };
}

function text(...texts: string[]): CallToolResult {
  return { content: texts.map((each) => ({ type: "text", text: each })) };
}

const TOLD = {
  session_id: "s",
  transcript_path: "/transcripts/s.jsonl",
  cwd: "/work",
  prompt_id: "t",
  permission_mode: "default",
  tool_use_id: "c1",
  tool_name: "mcp__memory__read_graph",
};

test("hooks hear of a call before it is made and behind it, in Claude Code's form", async () => {
  const { call, fired, made } = room();
  assert.deepEqual(await call(), text("the graph"));
  assert.deepEqual(made, [{ a: 1 }]);
  assert.deepEqual(fired, [
    ["PreToolUse", { ...TOLD, tool_input: { a: 1 } }],
    ["PostToolUse", { ...TOLD, tool_input: { a: 1 }, tool_response: [{ type: "text", text: "the graph" }] }],
  ]);
});

test("a tool that fails is told of as a failure, one that is broken off too", async () => {
  const { call, fired } = room();
  await call({ ...text("no such", "entity"), isError: true });
  await assert.rejects(call(new Error("aborted")), /aborted/);
  assert.deepEqual(
    fired
      .filter(([event]) => event !== "PreToolUse")
      .map(([event, { error, is_interrupt }]) => [event, error, is_interrupt]),
    [
      ["PostToolUseFailure", "no such\nentity", false],
      ["PostToolUseFailure", "aborted", true],
    ],
  );
});

test("a denied call is not made, and the model is told why in the same words as of any other tool", async () => {
  const denials: [Partial<Verdict>, string][] = [
    [{ decision: "deny", reason: "not that" }, "PreToolUse:mcp__memory__read_graph hook error: not that"],
    [{ decision: "ask", reason: "sure?" }, ask("sure?")],
    [{ decision: "defer", reason: "later" }, ask("later")],
    [{ stop: { reason: "enough" } }, "enough"],
    [{ stop: { reason: "" } }, "Operation stopped by hook"],
  ];
  for (const [verdict, reason] of denials) {
    const { call, fired, made } = room(() => ({ ...verdict, context: ["mind the gap"] }));
    assert.deepEqual(await call(), { ...text(reason, "mind the gap"), isError: true });
    assert.deepEqual([made, fired.length], [[], 1]);
  }
});

function ask(reason: string): string {
  const why = `a person would have to decide on it, and nobody can be asked here: ${reason}`;
  return `PreToolUse:mcp__memory__read_graph hook error: ${why}`;
}

test("a hook's input is what the tool gets, and what is told of it afterwards", async () => {
  const { call, fired, made } = room((event) => (event === "PreToolUse" ? { updatedInput: { b: 2 } } : {}));
  await call();
  assert.deepEqual([made, fired[1]?.[1].tool_input], [[{ b: 2 }], { b: 2 }]);
});

test("what hooks say stands behind the result; an output of theirs stands in its place", async () => {
  const structured: CallToolResult = { ...text("{}"), structuredContent: {} };
  const answers: [unknown, CallToolResult][] = [
    [undefined, text("{}", "before", "behind")],
    ["masked", text("masked", "before", "behind")],
    [[{ type: "text", text: "one" }], text("one", "before", "behind")],
    [{ content: [{ type: "text", text: "one" }] }, text("one", "before", "behind")],
    [{ other: 1 }, text('{"other":1}', "before", "behind")],
    [["no", "blocks"], text('["no","blocks"]', "before", "behind")],
  ];
  for (const [updatedOutput, expected] of answers) {
    const { call } = room((event) =>
      event === "PreToolUse" ? { context: ["before"] } : { updatedOutput, context: ["behind"] },
    );
    assert.deepEqual(await call(structured), expected);
  }
});

test("structured content stays where whoever calls looks at the text too, unless a hook has replaced the output", async () => {
  const structured: CallToolResult = { ...text("{}"), structuredContent: { secret: 1 } };
  const caller = { client: "inline" };
  const told = room(() => ({ context: ["psst"] }));
  assert.deepEqual(await told.call(structured, caller), {
    ...text("{}", "psst", "psst"),
    structuredContent: { secret: 1 },
  });
  const masked = room((event) => (event === "PostToolUse" ? { updatedOutput: "masked" } : {}));
  assert.deepEqual(await masked.call(structured, caller), text("masked"));
});

test("a call that was told of before it came here is told of once; what came of it is told of here alone", async () => {
  const { call, fired, gated } = room();
  gated.note("s", "c1");
  await call();
  assert.deepEqual(
    fired.map(([event]) => event),
    ["PostToolUse"],
  );
  assert.deepEqual(gated.claim("s", "c1", "PostToolUse"), false);
  // The same id once more is another call, which nobody has judged.
  await call();
  assert.deepEqual(
    fired.map(([event]) => event),
    ["PostToolUse", "PreToolUse", "PostToolUse"],
  );
  // Another client's call of that id was never this one.
  gated.note("other", "c1");
  await call();
  assert.deepEqual(fired.length, 5);
});

test("a denial is no result of the tool, so nobody tells of one", async () => {
  const { call, gated } = room(() => ({ decision: "deny", reason: "no" }));
  await call();
  assert.equal(gated.claim("s", "c1", "PostToolUse"), false);
});

test("a turn that a hook ends is ended, and a person hears what hooks had to say with the next event", async () => {
  const { call, ended, later } = room((event) =>
    event === "PostToolUse" ? { stop: { reason: "enough" }, messages: ["seen"] } : { messages: ["about to"] },
  );
  assert.deepEqual(await call(), text("the graph", "Operation stopped by hook: enough"));
  await call(text(""), { turn: undefined, request: "r1" });
  assert.deepEqual(
    [ended.take("t"), ended.take("r1"), later],
    ["enough", "enough", ["about to", "seen", "about to", "seen"]],
  );
});

test("a sub-agent's call is told of as one of its session", async () => {
  const { call, fired } = room();
  await call(text(""), { thread: "agent", session: "root" });
  const { session_id, agent_id, transcript_path } = fired[0]?.[1] ?? {};
  assert.deepEqual([session_id, agent_id, transcript_path], ["root", "agent", "/transcripts/root.jsonl"]);
});

test("where nobody listens the call is made as it is", async () => {
  const { call, fired, made } = room(() => ({ decision: "deny", reason: "no" }), ["Stop", "UserPromptSubmit"]);
  assert.deepEqual([await call(), made, fired], [text("the graph"), [{ a: 1 }], []]);
});

test("the gateway's own name is no part of a tool's, and hyphens are what the server has", async () => {
  const tools = ["mcp__my-srv__one-two", "mcp__my_srv__one_two", "mcp__a-b__c"].map(
    (name): NamedTool => ({ name, server: SERVER, tool: { name: "", inputSchema: { type: "object" } } }),
  );
  const names = toolNames({ tools: async () => tools });
  const asked = [
    "mcp__plus__my_srv__one_two",
    "mcp__plus__a_b__c",
    "mcp__plus__gone__x",
    "mcp__a_b__c",
    "mcp__plusx__y",
  ];
  assert.deepEqual(await Promise.all(asked.map((name) => names(name, "/work"))), [
    "mcp__my_srv__one_two",
    "mcp__a-b__c",
    "mcp__gone__x",
    "mcp__a_b__c",
    "mcp__plusx__y",
  ]);
  const broken = toolNames({ tools: () => Promise.reject(new Error("no")) });
  assert.equal(await broken("mcp__plus__a_b__c", "/work"), "mcp__a_b__c");
});

test("a call within an answer is judged, though a call of the client's had its id", async () => {
  const { call, fired, gated } = room(() => ({ decision: "deny", reason: "no" }));
  gated.note("s", "c1");
  assert.equal((await call(undefined, { client: "inline", request: "q1" })).isError, true);
  assert.deepEqual(
    [fired.map(([event]) => event), gated.has("s", "c1"), gated.has("s", "c1", "PostToolUse")],
    [["PreToolUse"], true, false],
  );
});
