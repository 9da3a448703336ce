/** The real Codex, headless: each conversation gives the right threads, turns, legs and items, the same on both wires. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DEFAULT_CODEX_VERSION } from "../../src/testing/codex/cache.ts";
import { type Ask, ev, item, type Model, textReply } from "../../src/testing/index.ts";
import { exec } from "../e2e/exec.ts";
import { ends, said } from "./facts.ts";
import { LIMITS, only, story } from "./stories.ts";

/** Of so many answers of the mock. */
const usage = (answers: number) => ({ input: 120 * answers, cached: 0, output: 12 * answers, reasoning: 0 });
const asked = { trigger: "exec", model: "gpt-6.1-sol", effort: "low", state: "completed", local: false };
const timed = { firstByteMs: "ms", ms: "ms" };
const thread = {
  id: "thread 1",
  kind: "user",
  root: "thread 1",
  client: "codex_exec",
  clientVersion: DEFAULT_CODEX_VERSION,
  provider: "chatgpt",
  cwd: "<folder>/work",
  model: "gpt-6.1-sol",
  effort: "low",
  source: "wire",
  errors: 0,
  below: 0,
};

story(
  "a word, and after a resume a command, are one thread of two turns",
  {},
  async (world) => {
    await exec(world, "hello there");
    await exec(world, "resume", "--last", "run echo hi-from-tool");
  },
  (kept, wire) => {
    const { row, turns, loose } = only(kept);
    assert.deepEqual(row, { ...thread, prompt: "hello there", turns: 2, usage: usage(3) });
    assert.deepEqual(loose, []);
    const leg = {
      ...asked,
      ...timed,
      kind: "turn",
      wire,
      status: 200,
      dropped: false,
      responseId: "upstream's",
      usage: usage(1),
    };
    const turn = { ...asked, ...timed, kind: "turn", id: "Codex's", limits: LIMITS };
    assert.deepEqual(
      turns.map((each) => [each.row, each.legs.filter(({ kind }) => kind !== "warmup")]),
      [
        [{ ...turn, position: 1, usage: usage(1) }, [leg]],
        [{ ...turn, position: 2, usage: usage(2) }, [leg, leg]],
      ],
    );
    const rows = turns.map(({ items }) =>
      items.map(({ row: { type, role, tool, out, text } }) => [type, role, tool, out, text]),
    );
    const context = ["message", "context", undefined, false, ""];
    const effort = wire === "sse" ? [["configuration_update", "context", undefined, false, ""]] : [];
    const output = "Script completed\nWall time <a run's>\nOutput:\n\nhi-from-tool\n";
    const program = 'const r = await tools.exec_command({cmd:"echo hi-from-tool"}); text(r.output);';
    assert.deepEqual(rows, [
      [
        ["additional_tools", "context", undefined, false, ""],
        ...Array.from({ length: 5 }, () => context),
        ["message", "user", undefined, false, "hello there"],
        ...effort,
        ["message", "assistant", undefined, true, "echo: hello there"],
      ],
      [
        ["message", "user", undefined, false, "run echo hi-from-tool"],
        ...effort,
        ["reasoning", "reasoning", undefined, true, "A command will tell."],
        ["custom_tool_call", "tool", "exec", true, program],
        ["custom_tool_call_output", "tool", "exec", false, output],
        ["message", "assistant", undefined, true, "The tool said: hi-from-tool"],
      ],
    ]);
  },
);

story(
  "a command of a model without code mode is one turn of two legs",
  {},
  (world) => exec(world, "--model", "gpt-5.5", "run echo hi-from-tool"),
  (kept) => {
    const conversation = only(kept);
    assert.deepEqual(ends(conversation), ["turn completed: completed, completed"]);
    assert.deepEqual(said(conversation), [
      [
        "> user: run echo hi-from-tool",
        "< reasoning: A command will tell.",
        "< tool (exec_command): cmd: echo hi-from-tool",
        "> tool (exec_command): Chunk ID: <a run's>\nWall time: <a run's>\nProcess exited with code 0\nOriginal token count: 4\nOutput:\nhi-from-tool\n",
        "< assistant: The tool said: hi-from-tool",
      ],
    ]);
  },
);

story(
  "a picture is kept once, and its conversation says where it was",
  {},
  async (world) => {
    const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    await writeFile(join(world.cwd, "dot.png"), Buffer.from(dot, "base64"));
    await exec(world, "what is this", "--image", join(world.cwd, "dot.png"));
    await exec(world, "resume", "--last", "and now");
  },
  (kept) => {
    const { turns, row } = only(kept);
    assert.equal(row.prompt, "what is this");
    const prompt = turns[0]?.items.find((each) => each.row.role === "user");
    assert.ok(prompt);
    assert.equal(prompt.row.text, "what is this");
    const [, picture] = prompt.body.content as { image_url?: string }[];
    assert.match(picture?.image_url ?? "", /^codex-plus:blob\/[0-9a-f]{64}$/);
  },
);

story(
  "a command file keeps what was typed and what went up, an answer of ours is marked as such",
  {},
  async (world) => {
    await mkdir(join(world.cwd, ".claude/commands"), { recursive: true });
    await writeFile(join(world.cwd, ".claude/commands/hello.md"), "Hello: $ARGUMENTS.");
    await exec(world, "/hello one");
    await exec(world, "resume", "--last", "/plus");
    await exec(world, "resume", "--last", "plain words");
  },
  (kept) => {
    const { row, turns } = only(kept);
    assert.equal(row.prompt, "/hello one");
    assert.deepEqual(
      turns.map((turn) => [turn.row.local, turn.legs.filter(({ kind }) => kind === "turn").map(({ local }) => local)]),
      [
        [false, [false]],
        [true, [true]],
        [false, [false]],
      ],
    );
    const lines = said({ row, turns, loose: [] }).map((each) => each.map((line) => line.split("Codex-Plus")[0]));
    const expanded =
      "<command-message>hello</command-message>\n<command-name>/hello</command-name>\n<command-args>one</command-args>\n";
    assert.deepEqual(lines, [
      [`> user (sent as ${expanded} Hello: one.): /hello one`, "< assistant: echo: Hello: one."],
      ["> user (never sent): /plus", lines[1]?.[1]],
      ["> user: plain words", "< assistant: echo: plain words"],
    ]);
    assert.match(lines[1]?.[1] ?? "", /^< assistant \(never sent\): /);
  },
);

/** Spawns a sub-agent, waits for it, and is done. */
const spawning: Model = (ask) => {
  if (ask.kind === "warmup") return undefined;
  const client = ask.body.client_metadata as Readonly<Record<string, string>>;
  if (client["x-openai-subagent"] !== undefined) return textReply(ask, "There are 3 files.");
  const calls = ask.history.filter(({ type }) => type === "function_call").length;
  if (calls === 0) return collaborate(ask, "spawn_agent", { task_name: "count", message: "count the files" });
  if (calls === 1) return collaborate(ask, "wait_agent", { timeout_ms: 20_000 });
  return textReply(ask, "It is done.");
};

function collaborate({ id }: Ask, name: string, input: object) {
  const call = { ...item.call(id.call, name, input), namespace: "collaboration" };
  return [ev.created(id.response), ev.done(call), ev.completed(id.response)];
}

story(
  "a sub-agent is a thread below its root, which has of the root's history what it was given",
  { mock: { model: spawning } },
  (world) => exec(world, "please delegate"),
  ({ threads }) => {
    const [root, agent, ...more] = threads;
    assert.ok(root && agent);
    assert.deepEqual(more, []);
    assert.deepEqual(root.row, { ...thread, prompt: "please delegate", turns: 1, below: 1, usage: usage(3) });
    assert.deepEqual(agent.row, {
      ...thread,
      id: "thread 2",
      kind: "subagent",
      parent: "thread 1",
      forkedFrom: "thread 1",
      forkedAt: "an item",
      agent: "/root/count",
      prompt: "",
      turns: 1,
      usage: usage(1),
    });
    assert.deepEqual(ends(root), ["turn completed: completed, completed, completed"]);
    assert.deepEqual(said(root), [
      [
        "> user: please delegate",
        "< tool (collaboration.spawn_agent): task_name: count\nmessage: count the files",
        '> tool (collaboration.spawn_agent): {"task_name":"/root/count"}',
        "< tool (collaboration.wait_agent): timeout_ms: 20000",
        '> tool (collaboration.wait_agent): {"message":"Wait completed.","timed_out":false}',
        "< assistant: Message Type: FINAL_ANSWER\nTask name: /root\nSender: /root/count\nPayload:\nThere are 3 files.",
        "< assistant: It is done.",
      ],
    ]);
    assert.deepEqual(ends(agent), ["side completed: completed"]);
    assert.deepEqual(said(agent), [
      [
        "> tool (collaboration.spawn_agent): aborted",
        "< assistant: Message Type: NEW_TASK\nTask name: /root/count\nSender: /root\nPayload:\n",
        "< assistant: There are 3 files.",
      ],
    ]);
  },
);

story(
  "a review stands below a thread that has said nothing itself",
  {},
  (world) => exec(world, "review", "look for bugs"),
  ({ threads }) => {
    assert.deepEqual(
      threads.map(({ row }) => row),
      [
        { ...thread, prompt: "", turns: 0, below: 1, usage: usage(0) },
        {
          ...thread,
          id: "thread 2",
          kind: "review",
          parent: "thread 1",
          prompt: "look for bugs",
          turns: 1,
          usage: usage(1),
        },
      ],
    );
    assert.deepEqual(threads.map(said), [[], [["> user: look for bugs", "< assistant: echo: look for bugs"]]]);
    assert.deepEqual(threads.map(ends), [[], ["side completed: completed"]]);
  },
);
