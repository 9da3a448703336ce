/** `codex-plus demo`, as a person meets it first. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fetchCodex } from "../../scripts/fetch-codex.ts";
import { DEFAULT_CODEX_VERSION } from "../../src/testing/codex/cache.ts";

function demo(t: TestContext, ...flags: string[]): ChildProcess {
  const child = spawn(process.execPath, ["src/cli/main.ts", "demo", ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

async function printed({ stdout }: ChildProcess): Promise<string> {
  return stdout ? text(stdout) : "";
}

test("demo --once holds a conversation over both wires and ends with 0", { timeout: 60_000 }, async (t) => {
  const child = demo(t, "--once");
  const [output, [code]] = await Promise.all([printed(child), once(child, "close")]);
  assert.equal(code, 0);
  assert.match(output, /Both wires worked/);
  assert.equal(output.match(/the same at the backend/g)?.length, 8);
});

test("demo --codex --once holds it with the real Codex", { timeout: 120_000 }, async (t) => {
  await fetchCodex();
  const child = demo(t, "--codex", "--once");
  child.stderr?.resume();
  const [output, [code]] = await Promise.all([printed(child), once(child, "close")]);
  assert.equal(code, 0);
  assert.equal(output.match(/^Hello! I am a scripted model/gm)?.length, 2);
  assert.match(output, /Both wires worked/);
});

test("the line that demo ends with works when it is pasted, and Ctrl-C ends the demo", {
  timeout: 60_000,
}, async (t) => {
  const codex = await fetchCodex(DEFAULT_CODEX_VERSION);
  const child = demo(t);
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  let line = "";
  for await (const next of lines) {
    if (/^\s+CODEX_HOME=/.test(next)) line = next.trim();
    if (next.includes("Ctrl-C")) break;
  }
  assert.match(line, /^CODEX_HOME='[^']+' codex -c openai_base_url=http:\/\/127\.0\.0\.1:\d+$/);
  const pasted = line.replace(" codex ", ` '${codex}' `);
  const shell = spawn("sh", ["-c", `${pasted} exec --skip-git-repo-check hello`], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  assert.match(await printed(shell), /^Hello! I am a scripted model/);
  child.kill("SIGINT");
  const [code] = await once(child, "close");
  assert.equal(code, 0);
});

test("a port that cannot be is refused with a sentence", { timeout: 60_000 }, async (t) => {
  const child = demo(t, "--once", "--port", "70000");
  const stderr = child.stderr ? text(child.stderr) : "";
  const [code] = await once(child, "close");
  assert.equal(code, 2);
  assert.match(await stderr, /^codex-plus: --port: /);
});
