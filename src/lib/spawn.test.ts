import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { type Program, runToEnd } from "./spawn.ts";

const sh = (script: string, more: Partial<Program> = {}) =>
  runToEnd({
    command: "/bin/sh",
    args: ["-c", script],
    cwd: tmpdir(),
    env: { PATH: process.env.PATH },
    timeoutMs: 20_000,
    maxBytes: 100,
    ...more,
  });

const ENDED = { code: 0, stdout: "", stderr: "", killed: undefined, cut: false };

test("a program's input, both outputs and exit code are carried", async () => {
  assert.deepEqual(await sh("cat; echo err >&2; exit 3", { input: "in" }), {
    ...ENDED,
    code: 3,
    stdout: "in",
    stderr: "err\n",
  });
});

test("a program that reads nothing and one that writes too much are no trouble", async () => {
  assert.deepEqual(await sh("exit 0", { input: "x".repeat(1_000_000) }), ENDED);
  assert.deepEqual(await sh("yes | head -c 1000000"), { ...ENDED, stdout: "y\n".repeat(50), cut: true });
});

test("what cannot be started is told, not thrown", async () => {
  const ended = await sh("", { command: "/nowhere/nothing" });
  assert.deepEqual({ ...ended, failure: undefined }, { ...ENDED, code: ended.code, failure: undefined });
  assert.match(ended.failure ?? "", /ENOENT/);
});

test("a program is ended when its time is up or nobody waits for it any more", async () => {
  const late = await sh("trap '' TERM; sleep 600", { timeoutMs: 200 });
  const left = await sh("sleep 600", { signal: AbortSignal.abort() });
  assert.deepEqual(
    [late, left],
    [
      { ...ENDED, code: undefined, killed: "timeout" },
      { ...ENDED, code: undefined, killed: "abort" },
    ],
  );
});

test("the first line of its output is told as soon as it is whole, and once", async () => {
  const lines: string[] = [];
  let told = "";
  const ended = sh("printf o; printf 'ne\\ntwo\\n'; read answer; echo $answer", {
    input: "three\n",
    firstLine: (line) => lines.push(line),
  });
  told = (await ended).stdout;
  assert.deepEqual([lines, told], [["one"], "one\ntwo\nthree\n"]);
});

test("what no program can be given is told, not thrown", async () => {
  assert.match((await sh("echo \0")).failure ?? "", /null bytes/);
});

test("what has left its group and holds its pipes open is not waited for", async () => {
  const left = "require('child_process').spawn('sleep', ['5'], { detached: true, stdio: 'inherit' }).unref()";
  const began = Date.now();
  const ended = await runToEnd({
    command: process.execPath,
    args: ["-e", left],
    cwd: tmpdir(),
    env: process.env,
    timeoutMs: 60_000,
    maxBytes: 1000,
  });
  assert.equal(ended.code, 0);
  assert.ok(Date.now() - began < 4000);
});
