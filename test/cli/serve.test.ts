import assert from "node:assert/strict";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { VERSION } from "../../src/lib/version.ts";
import { ended, Sandbox, serving } from "./program.ts";

test("serve says where it serves, answers there, and ends with success when asked to stop", async () => {
  await using box = await Sandbox.create();
  const { child, url, port } = await serving(box);
  const health = await fetch(`${url}/_plus/health`);
  const { startedAt, ...rest } = (await health.json()) as Record<string, unknown>;
  assert.deepEqual(rest, {
    name: "codex-plus",
    ok: true,
    version: VERSION,
    pid: child.pid,
    port,
    home: join(box.folder, "plus"),
    upstream: "https://chatgpt.com",
    transport: "auto",
  });
  assert.ok(Date.parse(String(startedAt)) <= Date.now());
  assert.equal((await stat(join(box.folder, "plus/token"))).mode & 0o777, 0o600);
  const end = once(child, "exit");
  child.kill("SIGTERM");
  assert.deepEqual(await end, [0, null]);
  await assert.rejects(fetch(url));
});

test("a port that a Codex-Plus has is refused with its name, or is fine with --ensure", async () => {
  await using box = await Sandbox.create();
  const { child, url, port } = await serving(box);
  const plain = await box.run(["serve", "--port", String(port)]);
  assert.equal(plain.code, 3);
  assert.match(
    plain.stderr,
    new RegExp(`^codex-plus: port ${port} is taken by another Codex-Plus ${VERSION} \\(pid ${child.pid}, since `, "m"),
  );
  assert.match(plain.stderr, /--port N/);
  const ensured = await box.run(["serve", "--port", String(port), "--ensure", "--json"]);
  assert.equal(ensured.code, 0);
  assert.deepEqual(JSON.parse(ensured.stdout), {
    url,
    host: "127.0.0.1",
    port,
    pid: child.pid,
    version: VERSION,
    already: true,
  });
});

test("a port that another program has is refused with that program's name, --ensure or not", async () => {
  await using box = await Sandbox.create();
  const stranger = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
  await once(stranger, "listening");
  const { port } = stranger.address() as AddressInfo;
  try {
    const { code, stdout, stderr } = await box.run(["serve", "--port", String(port), "--ensure"]);
    assert.deepEqual([code, stdout], [3, ""]);
    assert.match(stderr, new RegExp(`^codex-plus: port ${port} is taken by .* \\(pid ${process.pid}\\)$`, "m"));
  } finally {
    stranger.close();
  }
});

test("two signals of one press stop it once; running with a remote address has to be asked for twice", async () => {
  await using box = await Sandbox.create();
  const { child } = await serving(box);
  const end = ended(child);
  child.kill("SIGINT");
  child.kill("SIGINT");
  assert.equal((await end).code, 0);
  const { code, stderr } = await box.run(["serve", "--host", "0.0.0.0", "--port", "0"]);
  assert.equal(code, 2);
  assert.match(stderr, /add --allow-remote/);
});

test("usage mistakes end with 2 and name what was probably meant", async () => {
  await using box = await Sandbox.create();
  const results = [];
  for (const args of [
    ["sevre"],
    ["serve", "--prot", "1"],
    ["serve", "--port", "abc"],
    [],
    ["--version"],
    ["serve", "--help"],
  ]) {
    const { code, stdout, stderr } = await box.run(args);
    results.push([code, /Did you mean [^?]+\?|server\.port [^\n]+|Usage: [^\n]+|^\d\S+$/m.exec(stderr + stdout)?.[0]]);
  }
  assert.deepEqual(results, [
    [2, "Did you mean serve?"],
    [2, "Did you mean --port?"],
    [2, 'server.port expected number, got "abc"'],
    [2, "Usage: codex-plus [options] [command]"],
    [0, VERSION],
    [0, "Usage: codex-plus serve [options]"],
  ]);
});
