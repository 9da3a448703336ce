import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createLogger } from "../../log.ts";
import { GatedCalls } from "../gated.ts";
import type { HookEvent, HookInput, Verdict } from "../hook.ts";
import { StoppedTurns } from "../stopped.ts";
import type { ToolNames } from "../tools/names.ts";
import { createNativeFeeder, type NativeFeeder } from "./index.ts";

interface Fired {
  readonly event: HookEvent;
  readonly input: HookInput;
}

const NOTHING: Verdict = { context: [], messages: [], runs: [] };

/** A feeder whose hooks say this, what they were told, and what it shares with the wire. */
function feeder(says: (fired: Fired) => Partial<Verdict> = () => ({}), names?: ToolNames) {
  const fired: Fired[] = [];
  const [gated, ended] = [new GatedCalls(), new StoppedTurns()];
  const feed = createNativeFeeder({
    hooks: {
      listens: () => true,
      fire: async (event, input) => {
        fired.push({ event, input });
        return { ...NOTHING, ...says({ event, input }) };
      },
    },
    gated,
    ended,
    transcript: (session) => `/transcripts/${session}.jsonl`,
    names,
    log: createLogger("silent"),
  });
  return {
    ask: (told: object) => feed(told, new AbortController().signal) as ReturnType<NativeFeeder>,
    fired,
    gated,
    ended,
  };
}

const TOLD = {
  session_id: "s",
  turn_id: "t",
  transcript_path: "/codex/rollout.jsonl",
  cwd: "/work",
  model: "gpt",
  permission_mode: "default",
};
const bash = (event: string, more: object = {}) => ({
  ...TOLD,
  hook_event_name: event,
  tool_name: "Bash",
  tool_input: { command: "ls" },
  tool_use_id: "exec-1",
  ...more,
});
const PATCH = ["*** Begin Patch", "*** Add File: a", "+1", "*** Add File: b", "+2", "*** End Patch"].join("\n");
const patch = (event: string, more: object = {}) =>
  bash(event, { tool_name: "apply_patch", tool_input: { command: PATCH }, ...more });
const specific = (event: string, fields: object) => ({ hookSpecificOutput: { hookEventName: event, ...fields } });

test("an event is told as Claude Code tells it, with a transcript in its form", async () => {
  const { ask, fired } = feeder();
  assert.deepEqual(await ask(bash("PreToolUse")), {});
  assert.deepEqual(fired, [
    {
      event: "PreToolUse",
      input: {
        session_id: "s",
        prompt_id: "t",
        transcript_path: "/transcripts/s.jsonl",
        cwd: "/work",
        permission_mode: "default",
        tool_name: "Bash",
        tool_input: { command: "ls" },
        tool_use_id: "exec-1",
      },
    },
  ]);
});

test("answers before a call are only ever such as Codex takes", async () => {
  const cases: readonly [Partial<Verdict>, object][] = [
    [{ decision: "allow" }, {}],
    [{ decision: "allow", reason: "fine", messages: ["one", "two"] }, { systemMessage: "one\ntwo" }],
    [
      { decision: "deny" },
      specific("PreToolUse", { permissionDecision: "deny", permissionDecisionReason: "PreToolUse:Bash hook error:" }),
    ],
    [
      { decision: "deny", reason: "no", context: ["because"] },
      specific("PreToolUse", {
        permissionDecision: "deny",
        permissionDecisionReason: "PreToolUse:Bash hook error: no",
        additionalContext: "because",
      }),
    ],
    [
      { updatedInput: { command: "ls -a" } },
      specific("PreToolUse", { permissionDecision: "allow", updatedInput: { command: "ls -a" } }),
    ],
    [{ context: ["a", "b"] }, specific("PreToolUse", { additionalContext: "a\nb" })],
    [
      { stop: { reason: "" } },
      specific("PreToolUse", { permissionDecision: "deny", permissionDecisionReason: "a hook has ended the turn" }),
    ],
    [
      { updatedInput: { other: 1 } },
      specific("PreToolUse", {
        permissionDecision: "deny",
        permissionDecisionReason:
          "PreToolUse:Bash hook error: a hook has changed it to something that the client cannot be told",
      }),
    ],
  ];
  for (const [verdict, expected] of cases)
    assert.deepEqual(await feeder(() => verdict).ask(bash("PreToolUse")), expected);
});

test("a patch is asked about file by file: any denial counts, and what is changed is put together again", async () => {
  const denying = feeder(({ input }) =>
    String(Object(input.tool_input).file_path).endsWith("b") ? { decision: "deny", reason: "not b" } : {},
  );
  assert.deepEqual(
    await denying.ask(patch("PreToolUse")),
    specific("PreToolUse", {
      permissionDecision: "deny",
      permissionDecisionReason: "PreToolUse:Write hook error: not b",
    }),
  );
  const changing = feeder(({ input }) =>
    Object(input.tool_input).file_path === "/work/b"
      ? { updatedInput: { ...Object(input.tool_input), content: "3\n" } }
      : {},
  );
  assert.deepEqual(
    await changing.ask(patch("PreToolUse")),
    specific("PreToolUse", { permissionDecision: "allow", updatedInput: { command: PATCH.replace("+2", "+3") } }),
  );
  assert.deepEqual(
    changing.fired.map(({ input }) => [input.tool_name, input.tool_input]),
    [
      ["Write", { file_path: "/work/a", content: "1\n" }],
      ["Write", { file_path: "/work/b", content: "2\n" }],
    ],
  );
});

test("a permission is given only where every part of the call has got it as it is; else a person is asked, and told of", async () => {
  const { tool_use_id: _, ...request } = patch("PermissionRequest") as Record<string, unknown>;
  const allow = feeder(() => ({ decision: "allow" }));
  assert.deepEqual(await allow.ask(request), specific("PermissionRequest", { decision: { behavior: "allow" } }));
  assert.deepEqual(
    allow.fired.map(({ event }) => event),
    ["PermissionRequest", "PermissionRequest"],
  );
  const half = feeder(({ input }) => (Object(input.tool_input).file_path === "/work/a" ? { decision: "allow" } : {}));
  assert.deepEqual(await half.ask(request), {});
  const { event, input } = half.fired.at(-1) ?? {};
  assert.deepEqual(
    [event, input],
    [
      "Notification",
      {
        session_id: "s",
        prompt_id: "t",
        transcript_path: "/transcripts/s.jsonl",
        cwd: "/work",
        message: "Codex needs your permission to use Write",
        notification_type: "permission_prompt",
      },
    ],
  );
  const changed = feeder(() => ({ decision: "allow", updatedInput: { command: "ls -a" } }));
  assert.deepEqual(await changed.ask(bash("PermissionRequest")), {});
  const denied = feeder(() => ({ decision: "deny", reason: "" }));
  assert.deepEqual(
    await denied.ask(bash("PermissionRequest", { tool_input: { command: "ls", description: "why" } })),
    specific("PermissionRequest", { decision: { behavior: "deny", message: "a hook denied it" } }),
  );
  assert.deepEqual(denied.fired[0]?.input.tool_input, { command: "ls", description: "why" });
});

test("results are told in the form of their tool, and failures as failures", async () => {
  const { ask, fired } = feeder();
  await ask(bash("PostToolUse", { tool_response: "out\n", transcript_path: undefined }));
  await ask(
    patch("PostToolUse", { tool_use_id: "2", tool_response: "Exit code: 0\nWall time: 0 seconds\nOutput:\nDone\n" }),
  );
  await ask(
    bash("PostToolUse", {
      tool_name: "mcp__m__t",
      tool_use_id: "3",
      tool_response: { content: [{ type: "text", text: "hi" }] },
    }),
  );
  await ask(
    bash("PostToolUse", {
      tool_name: "mcp__m__t",
      tool_use_id: "4",
      tool_response: { content: [{ type: "text", text: "bad" }], isError: true },
    }),
  );
  const file = (filePath: string, content: string) => ({
    type: "create",
    filePath,
    content,
    structuredPatch: [],
    originalFile: null,
    userModified: false,
  });
  assert.deepEqual(
    fired.map(({ event, input: { tool_name, tool_response, error } }) => [event, tool_name, tool_response ?? error]),
    [
      [
        "PostToolUse",
        "Bash",
        { stdout: "out", stderr: "", interrupted: false, isImage: false, noOutputExpected: false },
      ],
      ["PostToolUse", "Write", file("/work/a", "1\n")],
      ["PostToolUse", "Write", file("/work/b", "2\n")],
      ["PostToolUse", "mcp__m__t", [{ type: "text", text: "hi" }]],
      ["PostToolUseFailure", "mcp__m__t", "bad"],
    ],
  );
});

test("how a command ended is read from Codex's record, past whatever looks like it in an output", async () => {
  const folder = await mkdtemp(join(tmpdir(), "codex-plus-"));
  try {
    const record = join(folder, "rollout.jsonl");
    const line = (id: string, code: number, output: string) =>
      JSON.stringify({
        payload: { item: { type: "CommandExecution", id, aggregated_output: output, exit_code: code } },
      });
    await writeFile(
      record,
      [line("exec-1", 7, '"exit_code":0 exec-1'), line("exec-2", 0, '"exec-1" "exit_code":3'), ""].join("\n"),
    );
    const { ask, fired } = feeder();
    await ask(bash("PostToolUse", { tool_response: "", transcript_path: record }));
    await ask(bash("PostToolUse", { tool_response: "ok", transcript_path: record, tool_use_id: "exec-2" }));
    assert.deepEqual(
      fired.map(({ event, input: { error } }) => [event, error]),
      [
        ["PostToolUseFailure", "Exit code 7"],
        ["PostToolUse", undefined],
      ],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("feedback stands beside a result, another output in its place, and an end of the turn is passed on", async () => {
  const said = (verdict: Partial<Verdict>) =>
    feeder(() => verdict).ask(bash("PostToolUse", { tool_response: "", transcript_path: undefined }));
  assert.deepEqual(
    [
      await said({ block: undefined, context: ["look"] }),
      await said({ updatedOutput: { stdout: "x", stderr: "" }, context: ["look"] }),
      await said({ updatedOutput: [{ type: "text", text: "" }] }),
      await said({ stop: { reason: "enough" } }),
    ],
    [
      specific("PostToolUse", { additionalContext: "look" }),
      { ...specific("PostToolUse", { additionalContext: "look" }), decision: "block", reason: "x" },
      { decision: "block", reason: "(the output was taken out by a hook)" },
      { continue: false, stopReason: "enough" },
    ],
  );
  const { ask, ended } = feeder(() => ({ stop: { reason: "enough" } }));
  await ask(bash("PreToolUse"));
  assert.deepEqual([ended.take("t"), ended.take("t")], ["enough", undefined]);
});

test("each event of a call is fired once, whoever sees it first", async () => {
  const { ask, fired, gated } = feeder(() => ({ decision: "deny", reason: "no" }));
  gated.note("s", "call_1");
  assert.deepEqual(await ask(bash("PreToolUse", { tool_use_id: "call_1" })), {});
  await ask(bash("PreToolUse"));
  assert.deepEqual(await ask(bash("PreToolUse")), {});
  assert.deepEqual(
    [fired.length, gated.has("s", "exec-1"), gated.claim("s", "exec-1", "PostToolUse")],
    [1, true, true],
  );
});

test("a sub-agent's calls are known by its own thread, though its session is its root's", async () => {
  const { ask, fired, gated } = feeder();
  await ask(bash("PreToolUse", { agent_id: "a" }));
  await ask(bash("PreToolUse"));
  assert.deepEqual([fired.length, gated.has("a", "exec-1"), gated.has("s", "exec-1")], [2, true, true]);
});

test("tools behind the gateway have their servers' names, in requests and notifications too", async () => {
  const { ask, fired } = feeder(
    () => ({}),
    async (name, project) => `${name.replace("plus__my_srv", "my-srv")}@${project}`,
  );
  const told = { tool_name: "mcp__plus__my_srv__one", tool_input: {} };
  await ask(bash("PreToolUse", told));
  await ask(bash("PermissionRequest", told));
  await ask(bash("PreToolUse", { tool_use_id: "exec-2" }));
  const name = "mcp__my-srv__one@/work";
  assert.deepEqual(
    fired.map(({ event, input }) => [event, input.tool_name ?? input.message]),
    [
      ["PreToolUse", name],
      ["PermissionRequest", name],
      ["Notification", `Codex needs your permission to use ${name}`],
      ["PreToolUse", "Bash"],
    ],
  );
});

test("agents and the end of a session are told of; a stop that is blocked goes on with the reason", async () => {
  const { ask, fired } = feeder(({ event }) =>
    event === "SubagentStop"
      ? { block: { reason: "Stop hook feedback:\nmore", handler: undefined as never } }
      : { context: ["hello"], messages: ["seen"] },
  );
  const agent = { ...TOLD, agent_id: "a", agent_type: "default" };
  assert.deepEqual(
    [
      await ask({ ...agent, hook_event_name: "SubagentStart" }),
      await ask({
        ...agent,
        hook_event_name: "SubagentStop",
        agent_transcript_path: "/codex/a.jsonl",
        stop_hook_active: false,
      }),
      await ask({ ...TOLD, turn_id: undefined, hook_event_name: "SessionEnd", reason: "other" }),
      await ask({ ...TOLD, hook_event_name: "Interrupt" }),
      await ask({ nonsense: true }),
    ],
    [
      { systemMessage: "seen", ...specific("SubagentStart", { additionalContext: "hello" }) },
      { decision: "block", reason: "Stop hook feedback:\nmore" },
      { systemMessage: "seen" },
      {},
      {},
    ],
  );
  assert.deepEqual(
    fired.map(({ event, input }) => [event, input.agent_transcript_path ?? input.reason]),
    [
      ["SubagentStart", undefined],
      ["SubagentStop", "/transcripts/a.jsonl"],
      ["SessionEnd", "other"],
    ],
  );
});

test("tools of a namespace are known though Codex writes its name right before theirs", async () => {
  const { ask, fired } = feeder();
  await ask(bash("PreToolUse", { tool_name: "collaborationspawn_agent", tool_input: { message: "go" } }));
  assert.deepEqual([fired[0]?.input.tool_name, fired[0]?.input.tool_input], ["Agent", { prompt: "go" }]);
});
