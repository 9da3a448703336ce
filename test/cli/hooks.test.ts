/** `codex-plus hooks …` and `trust` of hooks, as processes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import type { RunLine } from "../../src/hooks/run-log.ts";
import { Sandbox } from "./program.ts";

const GUARD = { type: "command", command: "echo 'not that' >&2; exit 2", timeout: 5 };
const NOTE = { type: "command", command: "./note.sh" };
const PROJECT = {
  hooks: {
    PreToolUse: [
      { matcher: "Bash", hooks: [GUARD] },
      { matcher: "Write|Edit", hooks: [NOTE] },
    ],
  },
};
const HOME = {
  hooks: {
    UserPromptSubmit: [{ hooks: [{ type: "command", command: "echo it is sunday" }] }],
    PreToolUse: [{ hooks: [{ type: "agent", prompt: "?" }] }],
    TeammateIdle: [],
  },
};

async function world(): Promise<{ box: Sandbox; project: string }> {
  const box = await Sandbox.create();
  await box.write(".claude/settings.json", JSON.stringify(HOME));
  await box.write("project/.claude/settings.json", JSON.stringify(PROJECT));
  box.cwd = await realpath(join(box.folder, "project"));
  box.variables.TZ = "UTC";
  return { box, project: box.cwd };
}

const RUN: RunLine = {
  at: Date.UTC(2026, 10, 22, 20, 31),
  event: "UserPromptSubmit",
  handler: "echo it is sunday",
  file: "",
  kind: "command",
  session: "thread-1",
  ms: 14.2,
  outcome: "ok",
};
const line = (run: object): string => `${JSON.stringify(run)}\n`;

test("hooks lists what runs at which event, what is not trusted, and what cannot run, guards first", async () => {
  const { box, project } = await world();
  await using _ = box;
  const home = `${box.folder}/.claude/settings.json`;
  await box.write("plus/logs/hooks.jsonl", line({ ...RUN, file: home }));
  const { code, stdout, stderr } = await box.run(["hooks"], { COLUMNS: "400" });
  const cells = stdout
    .trimEnd()
    .split("\n")
    .map((row) => row.split(/ {2,}/));
  assert.deepEqual(
    [code, ...cells],
    [
      0,
      ["event", "matcher", "runs", "from", "trust", "last run"],
      ["UserPromptSubmit", "*", "echo it is sunday", cells[1]?.[3], "ok, 14 ms, 2026-11-22 20:31"],
      ["PreToolUse", "Bash", "echo 'not that' >&2; exit 2 (at most 5.0 s)", ".claude/settings.json", "not run"],
      ["PreToolUse", "Write|Edit", "./note.sh", ".claude/settings.json", "not run"],
    ],
  );
  assert.ok(home.endsWith(cells[1]?.[3]?.slice(1) ?? "?"));
  assert.equal(
    stderr,
    [
      `${home}: PreToolUse: agent hooks start one of Claude's own agents and are not run here. A guard is missing: what it would have stopped is RUN.`,
      `${home}: TeammateIdle: this event is not fired here`,
      ".claude/settings.json is not trusted: 2 hooks of it not run",
      `Read what they run, and if you trust it: codex-plus trust ${project}`,
      "",
    ].join("\n"),
  );
});

test("trust shows a project's hooks, and lets them run until their file changes", async () => {
  const { box, project } = await world();
  await using _ = box;
  const trusts = async () => {
    const { hooks } = JSON.parse((await box.run(["hooks", "--json"])).stdout);
    return hooks.map(({ event, matcher, trust }: Record<string, string>) => [event, matcher, trust].join(" "));
  };
  const asked = await box.run(["trust"]);
  assert.deepEqual(
    [asked.code, asked.stdout],
    [
      2,
      `PreToolUse (Bash) runs echo 'not that' >&2; exit 2: ${project}/.claude/settings.json\nPreToolUse (Write|Edit) runs ./note.sh: ${project}/.claude/settings.json\n`,
    ],
  );
  const before = await trusts();
  assert.equal((await box.run(["trust", "--yes"])).code, 0);
  const trusted = await trusts();
  // What was trusted already stays so when another is.
  assert.equal((await box.run(["trust", "--yes"])).code, 0);
  const still = await trusts();
  await box.write("project/note.sh", "rm -rf /");
  const changed = await trusts();
  const of = (trust: string): string[] => [
    "UserPromptSubmit  trusted",
    `PreToolUse Bash ${trust}`,
    `PreToolUse Write|Edit ${trust}`,
  ];
  assert.deepEqual([before, trusted, still, changed], [of("untrusted"), of("trusted"), of("trusted"), of("changed")]);
});

test("hooks test runs the real hooks on a sample and tells what the model would get", async () => {
  const { box, project } = await world();
  await using _ = box;
  await box.run(["trust", "--yes"]);
  const denied = await box.run(["hooks", "test", "PreToolUse", "--input", '{"command":"rm -rf /"}']);
  assert.equal(denied.code, 0);
  assert.equal(
    denied.stdout.replace(/\d+ ms/, "9 ms"),
    `PreToolUse {"tool_name":"Bash","tool_input":{"command":"rm -rf /"},"tool_use_id":"call_sample"}

echo 'not that' >&2; exit 2  .claude/settings.json
  blocked, exit code 2, 9 ms
  stderr:
    not that
  decision: deny

./note.sh  .claude/settings.json
  not run: its matcher Write|Edit is not for Bash

Together: the call is denied.
  the model gets:
    PreToolUse:Bash hook error: [echo 'not that' >&2; exit 2]: not that
`,
  );
  const prompt = await box.run(["hooks", "test", "UserPromptSubmit", "--prompt", "hi", "--cwd", project, "--json"]);
  const { ran, outcome, model, input } = JSON.parse(prompt.stdout);
  assert.deepEqual(
    [input.prompt, outcome, model, ran.map(({ code, stdout }: Record<string, unknown>) => [code, stdout])],
    ["hi", "it goes on", ["UserPromptSubmit hook success: it is sunday"], [[0, "it is sunday\n"]]],
  );
  const failed = await box.run(["hooks", "test", "PreToolUse", "--tool", "Write", "--input", "{}"]);
  const [unknown, wrong] = [
    await box.run(["hooks", "test", "Nothing"]),
    await box.run(["hooks", "test", "Stop", "--tool", "x"]),
  ];
  assert.deepEqual([failed.code, unknown.code, wrong.code], [1, 2, 2]);
  assert.match(failed.stdout, /failed, exit code 12[67]/);
  assert.match(wrong.stderr, /Stop is about no tool call/);
});

test("hooks log tells how hooks ran, the last of them, and follows", async () => {
  const { box } = await world();
  await using _ = box;
  const none = await box.run(["hooks", "log"]);
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, "", "No hook has run yet.\n"]);
  const path = join(box.folder, "plus/logs/hooks.jsonl");
  const denied = { ...RUN, event: "PreToolUse", tool: "Bash", handler: "./guard.sh", ms: 1500, outcome: "blocked" };
  const log = await box.write("plus/logs/hooks.jsonl", line(RUN) + line({ ...denied, note: "no rm" }));
  assert.equal(log, path);
  assert.equal(
    (await box.run(["hooks", "log"])).stdout,
    `2026-11-22 20:31  ok        14 ms  UserPromptSubmit  echo it is sunday
2026-11-22 20:31  blocked   1.5 s  PreToolUse:Bash  ./guard.sh
    no rm
`,
  );
  const [last, more] = (await box.run(["hooks", "log", "-n", "1", "--json"])).stdout.split("\n");
  assert.deepEqual([JSON.parse(last ?? ""), more], [{ ...denied, note: "no rm" }, ""]);
  const follower = box.start(["hooks", "log", "--follow", "--limit", "1", "--json"]);
  assert.ok(follower.stdout);
  const lines = createInterface(follower.stdout)[Symbol.asyncIterator]();
  assert.equal(JSON.parse((await lines.next()).value ?? "").handler, "./guard.sh");
  await appendFile(path, line({ ...RUN, handler: "next" }));
  assert.equal(JSON.parse((await lines.next()).value ?? "").handler, "next");
  follower.kill();
  await once(follower, "exit");
});
