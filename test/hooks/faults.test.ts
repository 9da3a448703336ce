/** Hooks that misbehave: the event is over within the hook's time, and the log says what happened. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { HookInput } from "../../src/hooks/hook.ts";
import { type Bench, bench, runProgram } from "./bench.ts";

const NEVER = new AbortController().signal;

const prompt = (...hooks: readonly object[]) => ({
  settings: { ".claude/settings.json": { hooks: { UserPromptSubmit: [{ hooks }] } } },
});
const command = (text: string, more: object = {}) => ({ type: "command", command: text, ...more });

function submit(here: Bench, cwd = here.start) {
  const input: HookInput = { session_id: "s", transcript_path: "t", cwd, prompt: "hello" };
  return here.hooks.fire("UserPromptSubmit", input, { project: here.start, signal: NEVER });
}

/** How the runs went, and why. */
function told(here: Bench) {
  return here.hooks.runs().map(({ outcome, note }) => [outcome, note]);
}

test("a hook that hangs, deaf to signals, is ended after its time, and its group with it", async (t) => {
  const hang = "trap '' TERM INT; mkfifo hold; (sleep 600 > hold) & echo ready; sleep 600";
  const here = await bench(t, prompt(command(hang, { timeout: 1 })));
  const reader = join(here.start, "hold");
  const fired = submit(here);
  // The end of a pipe that the child of the hook holds open: it comes when that child is gone.
  while (!(await here.exists(reader))) await wait(10);
  const ended = once(createReadStream(reader).resume(), "end");
  assert.deepEqual((await fired).context, []);
  await ended;
  assert.deepEqual(told(here), [["timeout", "it was ended after 1 s"]]);
});

test("what a hook leaves running in the background lives on, though it holds the pipes open", async (t) => {
  const here = await bench(t, prompt(command("mkfifo hold; (cat hold > heard) & echo now", { timeout: 20 })));
  assert.deepEqual((await submit(here)).context, ["UserPromptSubmit hook success: now"]);
  // Who writes to a pipe that nobody reads would wait for ever.
  await runProgram("sh", ["-c", "echo still here > hold; until test -s heard; do sleep 0.01; done"], here.start);
  assert.equal(await readFile(join(here.start, "heard"), "utf8"), "still here\n");
});

test("100 MB of output are read and dropped", async (t) => {
  const flood = "yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | head -c 100000000";
  const here = await bench(t, prompt(command(`${flood}; ${flood} >&2`, { timeout: 60 })));
  const [context = ""] = (await submit(here)).context;
  assert.match(context, /^UserPromptSubmit hook success: <persisted-output>\nOutput too large \(10\d\d\.\dKB\)/);
  assert.deepEqual(told(here), [["ok", undefined]]);
});

const ENDINGS: readonly (readonly [what: string, script: string, outcome: string, note: RegExp])[] = [
  ["is ended by a signal", "kill -9 $$", "failed", /^it was ended by a signal$/],
  ["prints broken JSON", `echo '{"decision": "block",}'`, "failed", /^its output looks like JSON and is none$/],
  [
    "answers for another event",
    `echo '{"hookSpecificOutput":{"hookEventName":"Stop"}}'`,
    "failed",
    /hookEventName is Stop/,
  ],
  ["answers what no hook may", `echo '{"continue":"no"}'`, "failed", /not what a hook may answer/],
  ["ends with another exit code", "echo oh >&2; exit 3", "failed", /^it ended with exit code 3: oh$/],
  ["closes its input", "exec <&-; sleep 0.1; exit 0", "ok", /^undefined$/],
  ["deletes its folder", 'rm -rf "$PWD"', "ok", /^undefined$/],
];

for (const [what, script, outcome, note] of ENDINGS) {
  test(`a hook that ${what}: the prompt goes on`, async (t) => {
    const here = await bench(t, prompt(command(script)));
    const long = { prompt: "x".repeat(4_000_000) };
    const input: HookInput = { session_id: "s", transcript_path: "t", cwd: here.start, ...long };
    const { block, context } = await here.hooks.fire("UserPromptSubmit", input, { project: here.start, signal: NEVER });
    assert.deepEqual({ block, context }, { block: undefined, context: [] });
    assert.equal(told(here)[0]?.[0], outcome);
    assert.match(`${told(here)[0]?.[1]}`, note);
  });
}

test("where the agent's folder is gone, hooks run in the project's; where that is gone too, it is said", async (t) => {
  const where = command("pwd");
  const here = await bench(t, {
    settings: { "<HOME>/.claude/settings.json": { hooks: { UserPromptSubmit: [{ hooks: [where] }] } } },
  });
  const folder = join(here.start, "sub");
  await mkdir(folder);
  await rm(folder, { recursive: true });
  assert.deepEqual((await submit(here, folder)).context, [`UserPromptSubmit hook success: ${here.start}`]);
  await rm(here.start, { recursive: true });
  assert.deepEqual((await submit(here, folder)).context, []);
  assert.deepEqual(told(here)[0], ["failed", `it could not be started: the folder ${here.start} is gone`]);
});

test("arguments that no program can be given are a failure of their hook alone", async (t) => {
  const here = await bench(
    t,
    prompt(command("echo", { args: ["x\0y"] }), command("echo", { args: ["z".repeat(3e6)] })),
  );
  assert.deepEqual((await submit(here)).context, []);
  assert.deepEqual(
    told(here).map(([outcome]) => outcome),
    ["failed", "failed"],
  );
});

test("fifty hooks at once are all heard, in the order in which they stand", async (t) => {
  const hooks = Array.from({ length: 50 }, (_, index) => command(`sleep 0.${(index * 7) % 10}; echo ${index}`));
  const here = await bench(t, prompt(...hooks));
  const expected = hooks.map((_, index) => `UserPromptSubmit hook success: ${index}`);
  assert.deepEqual((await submit(here)).context, expected);
});

test("a client that goes away takes its hooks with it", async (t) => {
  const here = await bench(t, prompt(command("echo ready > ready; sleep 600")));
  const gone = new AbortController();
  const input: HookInput = { session_id: "s", transcript_path: "t", cwd: here.start };
  const fired = here.hooks.fire("UserPromptSubmit", input, { project: here.start, signal: gone.signal });
  while (!(await here.exists(join(here.start, "ready")))) await wait(10);
  gone.abort();
  await fired;
  assert.deepEqual(told(here), [["failed", "it was ended: nobody waits for it any more"]]);
});

test("a hook in the background outlives the client's turn, and not the proxy", async (t) => {
  const wordy = command(
    `echo '{"async":true}'; until test -e go; do sleep 0.01; done; echo '{"systemMessage":"done"}'`,
  );
  const here = await bench(t, prompt(wordy, command("sleep 600", { async: true })));
  const turn = new AbortController();
  const input: HookInput = { session_id: "s", transcript_path: "t", cwd: here.start };
  await here.hooks.fire("UserPromptSubmit", input, { project: here.start, signal: turn.signal });
  turn.abort();
  assert.deepEqual(told(here), [
    ["async", undefined],
    ["async", undefined],
  ]);
  await here.write("go", "");
  while (here.trials.length < 3) await wait(10);
  assert.equal(here.trials[2]?.run.outcome, "ok");
  here.hooks.close();
  await here.hooks.quiet();
  assert.deepEqual(told(here)[0], ["failed", "it was ended: nobody waits for it any more"]);
});

test("a list of what is trusted that cannot be read runs nothing of the project, and stops nothing", async (t) => {
  const here = await bench(t, {
    ...prompt(command("echo mine")),
    trust: () => {
      throw new Error("it is broken");
    },
  });
  const { context, block } = await submit(here);
  assert.deepEqual([context, block], [[], undefined]);
});
