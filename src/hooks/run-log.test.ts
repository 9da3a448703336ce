import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Handler, HookInput, Run } from "./hook.ts";
import { lastRuns, lineOf, RunLog } from "./run-log.ts";

const handler: Handler = {
  event: "PreToolUse",
  matcher: "Bash",
  kind: "command",
  name: "./guard.sh",
  file: "/project/.claude/settings.json",
  layer: "project",
  timeoutMs: undefined,
  options: {},
};
const input: HookInput = {
  session_id: "thread-1",
  transcript_path: "/t.jsonl",
  cwd: "/project",
  tool_name: "Bash",
  tool_input: { command: "echo secret" },
};
const run = (at: number, note?: string): Run => ({ handler, at, ms: 12.345, outcome: "blocked", note });

test("a line tells how a run went, and nothing of what the tool was given", () => {
  assert.deepEqual(lineOf(run(7, "no rm here"), input), {
    at: 7,
    event: "PreToolUse",
    handler: "./guard.sh",
    file: "/project/.claude/settings.json",
    kind: "command",
    session: "thread-1",
    tool: "Bash",
    ms: 12.3,
    outcome: "blocked",
    note: "no rm here",
  });
});

test("lines are written in order to a file of its owner's; one that is full is set aside and still read", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "codex-plus-log-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "logs", "hooks.jsonl");
  const log = new RunLog(path);
  log.note(run(1), input);
  log.note(run(2), input);
  await log.close();
  assert.deepEqual([(await lastRuns(path, 10)).map(({ at }) => at), (await stat(path)).mode & 0o777], [[1, 2], 0o600]);
  await writeFile(path, `${" ".repeat(4 * 1024 ** 2)}\nbroken\n${JSON.stringify(lineOf(run(3), input))}\n`);
  log.note(run(4), input);
  await log.close();
  assert.deepEqual(
    [(await lastRuns(path, 10)).map(({ at }) => at), (await lastRuns(path, 1)).map(({ at }) => at)],
    [[3, 4], [4]],
  );
});
