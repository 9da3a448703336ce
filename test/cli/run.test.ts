import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { overrides } from "../../src/hooks/native/registration.ts";
import { ended, firstLine, Sandbox, serving } from "./program.ts";

/** Tells what it was given and who answers at the address it was pointed to. */
const REPORTER = `
const base = /^openai_base_url="(.*)"$/.exec(process.argv[3] ?? "")?.[1];
const health = base && await (await fetch(base + "/_plus/health")).json();
console.log(JSON.stringify({ args: process.argv.slice(2), base, pid: health?.pid, noProxy: process.env.NO_PROXY }));
process.exitCode = 42;
`;

test("run points codex at a proxy of its own, passes arguments and exit code, and leaves nothing running", async () => {
  await using box = await Sandbox.create();
  await box.fakeCodex(REPORTER);
  const child = box.start(["run", "--port", "0", "exec", "--json", "-c", "a=b", "--", "--port"]);
  const { code, stdout, stderr } = await ended(child);
  const { base, args, ...rest } = JSON.parse(stdout);
  assert.deepEqual([code, stderr], [42, ""]);
  assert.deepEqual(args, ["-c", `openai_base_url="${base}"`, "exec", "--json", "-c", "a=b", "--", "--port"]);
  assert.deepEqual(rest, { pid: child.pid, noProxy: "127.0.0.1,localhost" });
  await assert.rejects(fetch(base));
  assert.deepEqual(await readdir(join(box.folder, "plus/logs")), ["run.log"]);
  assert.match(await readFile(join(box.folder, "plus/logs/run.log"), "utf8"), /"msg":"serving"/);
});

test("where there are hooks for tool calls run has codex ask the proxy, and says what has to be approved", async () => {
  await using box = await Sandbox.create();
  await box.fakeCodex(
    `console.log(JSON.stringify({ args: process.argv.slice(2), door: process.env.CODEX_PLUS_DOOR }));`,
  );
  const hooks = { PreToolUse: [{ hooks: [{ type: "command", command: "true" }] }] };
  await box.write(".claude/settings.json", JSON.stringify({ hooks }));
  const { stdout, stderr } = await box.run(["run", "--port", "0", "exec", "hi"]);
  const { args, door } = JSON.parse(stdout);
  const program = join(box.folder, "plus/bin/hook");
  assert.deepEqual(args.slice(2), [...overrides(program), "exec", "hi"]);
  assert.equal(`openai_base_url="http://127.0.0.1:${door}"`, args[1]);
  assert.match(stderr, /once you have approved them/);
  assert.match(await readFile(program, "utf8"), /^#!/);

  const settings = { hooks: { register: "never" } };
  await box.write("plus/config.json", JSON.stringify(settings));
  const none = JSON.parse((await box.run(["run", "--port", "0", "exec", "hi"])).stdout);
  assert.deepEqual(none.args.slice(2), ["exec", "hi"]);
});

test("run uses a Codex-Plus that serves already", async () => {
  await using box = await Sandbox.create();
  await box.fakeCodex(REPORTER);
  const { child, url, port } = await serving(box);
  const { code, stdout } = await box.run(["run"], { CODEX_PLUS_PORT: String(port) });
  const { base, pid } = JSON.parse(stdout);
  assert.deepEqual({ code, base, pid }, { code: 42, base: url, pid: child.pid });
});

test("where the port is another program's, or the settings let other machines in, run's proxy takes a free port of loopback", async () => {
  await using box = await Sandbox.create();
  await box.fakeCodex(REPORTER);
  const stranger = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
  await once(stranger, "listening");
  const { port } = stranger.address() as AddressInfo;
  try {
    for (const settings of [{ port }, { port, host: "0.0.0.0", allowRemote: true }]) {
      await box.write("plus/config.json", JSON.stringify({ server: settings }));
      const child = box.start(["run"]);
      const { code, stdout } = await ended(child);
      const { base, pid } = JSON.parse(stdout);
      assert.deepEqual([code, pid, new URL(base).hostname], [42, child.pid, "127.0.0.1"]);
      assert.notEqual(new URL(base).port, String(port));
    }
  } finally {
    stranger.close();
  }
});

test("when the proxy that run uses ends first, run takes its place on the same port", async () => {
  await using box = await Sandbox.create();
  await box.fakeCodex(`
    const base = /^openai_base_url="(.*)"$/.exec(process.argv[3])[1];
    const pid = () => fetch(base + "/_plus/health").then((answer) => answer.json()).then(({ pid }) => pid, () => undefined);
    const first = await pid();
    console.log(JSON.stringify({ first }));
    let now = first;
    while (now === first || now === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      now = await pid();
    }
    process.exitCode = now === process.ppid ? 0 : 9;
  `);
  const { child: server, port } = await serving(box);
  const child = box.start(["run", "--port", String(port)]);
  assert.deepEqual(await firstLine(child), { first: server.pid });
  server.kill("SIGTERM");
  assert.equal((await ended(child)).code, 0);
});

test("signals reach codex, and its death by signal is told as the shell tells it", async () => {
  await using box = await Sandbox.create();
  await box.fakeCodex(`
    process.once("SIGINT", () => process.kill(process.pid, "SIGTERM"));
    setInterval(() => {}, 1000);
    console.log("{}");
  `);
  const child = box.start(["run", "--port", "0"]);
  await firstLine(child);
  child.kill("SIGINT");
  assert.equal((await ended(child)).code, 143);
});

test("a proxy that cannot start does not keep anybody from codex", async () => {
  await using box = await Sandbox.create();
  await box.fakeCodex(REPORTER);
  await box.write("plus/config.json", "{");
  const { code, stdout, stderr } = await box.run(["run", "exec", "hi"]);
  assert.equal(code, 42);
  assert.deepEqual(JSON.parse(stdout).args, ["exec", "hi"]);
  assert.match(stderr, /config\.json line 1 is not JSON[\s\S]*running codex without the proxy/);
});

test("without a codex on PATH run says how to get it", async () => {
  await using box = await Sandbox.create();
  const { code, stderr } = await box.run(["run"], { PATH: join(box.folder, "bin") });
  assert.equal(code, 127);
  assert.match(stderr, /npm install -g @openai\/codex/);
  assert.deepEqual(await readdir(box.folder), []);
});
