/** The program that Codex's hooks run: bash asking by itself, and node where that cannot be. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { DOOR_VARIABLE, openDoors } from "../../src/config/door.ts";
import { installHookProgram, posix } from "../../src/config/hook-program.ts";
import { pathsOf } from "../../src/config/paths.ts";
import { runToEnd } from "../../src/lib/spawn.ts";

const CLIENT = fileURLToPath(new URL("../../src/cli/hook.ts", import.meta.url));
const TOKEN = "t".repeat(43);

async function home(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "codex plus'"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

interface Heard {
  readonly request: IncomingMessage;
  readonly body: string;
}

/** A proxy that answers like this, and what it has heard. */
async function proxy(t: TestContext, status: number, answer: string): Promise<{ port: number; heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      heard.push({ request, body });
      response.writeHead(status, { "content-type": "application/json" }).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, heard };
}

async function ran(program: string, input: string, variables: NodeJS.ProcessEnv = {}) {
  const env = { PATH: process.env.PATH, ...variables };
  const at = { cwd: tmpdir(), env, timeoutMs: 30_000, maxBytes: 1e7 };
  const { code, stdout, stderr } = await runToEnd({ command: program, args: [], input, ...at });
  return { code, stdout, stderr };
}

const FORMS = { bash: "/bin/bash", "no bash": undefined } as const;
for (const [form, bash] of Object.entries(FORMS)) {
  test(`${form}: what Codex says reaches the proxy whole, and its answer comes back`, async (t) => {
    const folder = await home(t);
    const answer = JSON.stringify({ systemMessage: "héard\n".repeat(2000) });
    const { port, heard } = await proxy(t, 200, answer);
    const file = join(folder, "hook");
    await writeFile(file, posix({ home: folder, node: process.execPath, client: CLIENT, whenDown: "allow" }, bash), {
      mode: 0o700,
    });
    const close = await openDoors(folder, { host: "127.0.0.1", port, token: TOKEN, fixed: true });
    const said = JSON.stringify({
      hook_event_name: "PreToolUse",
      text: "ünd $(`\\ 'so' \"weiter\" %s %d\t".repeat(5000),
    });
    assert.deepEqual(await ran(file, said), { code: 0, stdout: answer, stderr: "" });
    assert.deepEqual(await ran(file, said, { [DOOR_VARIABLE]: String(port) }), { code: 0, stdout: answer, stderr: "" });
    assert.deepEqual(
      heard.map(({ request: { method, url, headers }, body }) => [
        method,
        url,
        headers["x-codex-plus-token"],
        body === said,
      ]),
      [
        ["POST", "/_plus/hook", TOKEN, true],
        ["POST", "/_plus/hook", TOKEN, true],
      ],
    );
    await close();
    const { stdout } = await ran(file, said);
    assert.match(stdout, /not running/);
  });
}

test("that no proxy runs is said once a session, and again after one has run", async (t) => {
  const folder = await home(t);
  await installHookProgram({ home: folder, node: process.execPath, client: CLIENT, whenDown: "allow" });
  const program = pathsOf(folder).hookProgram;
  const event = (session: string) => JSON.stringify({ hook_event_name: "PreToolUse", session_id: session });
  const said = async (session: string) => Object.keys(JSON.parse((await ran(program, event(session))).stdout));
  assert.deepEqual(
    [await said("one"), await said("one"), await said("two")],
    [["systemMessage"], [], ["systemMessage"]],
  );
  await (await openDoors(folder, { host: "127.0.0.1", port: 9, token: TOKEN, fixed: true }))();
  assert.deepEqual(await said("one"), ["systemMessage"]);
});

test("a proxy that answers with an error counts as none, and denial is what the settings say", async (t) => {
  const folder = await home(t);
  const { port } = await proxy(t, 401, "{}");
  await installHookProgram({ home: folder, node: process.execPath, client: CLIENT, whenDown: "deny" });
  await openDoors(folder, { host: "127.0.0.1", port, token: TOKEN, fixed: true });
  const { stdout } = await ran(pathsOf(folder).hookProgram, JSON.stringify({ hook_event_name: "PreToolUse" }));
  assert.equal(JSON.parse(stdout).hookSpecificOutput.permissionDecision, "deny");
});

test("where not even node starts, calls go on, or are denied by exit code 2", async (t) => {
  const folder = await home(t);
  for (const [whenDown, code] of [
    ["allow", 0],
    ["deny", 2],
  ] as const) {
    await installHookProgram({ home: folder, node: "/nowhere/node", client: "/nowhere/hook.js", whenDown });
    assert.equal((await ran(pathsOf(folder).hookProgram, "{}", { PATH: "/nowhere" })).code, code);
  }
});

test("files are for their owner only, and a door that another proxy has taken over stays", async (t) => {
  const folder = await home(t);
  await installHookProgram({ home: folder, node: process.execPath, client: CLIENT, whenDown: "allow" });
  const one = await openDoors(folder, { host: "127.0.0.1", port: 1, token: TOKEN, fixed: true });
  const two = await openDoors(folder, { host: "127.0.0.1", port: 2, token: TOKEN, fixed: true });
  await one();
  const { doors, hookProgram } = pathsOf(folder);
  assert.equal(await readFile(join(doors, "default"), "utf8"), `127.0.0.1 2 ${TOKEN}\n`);
  const modes = await Promise.all(
    [doors, join(doors, "default"), hookProgram].map(async (file) => (await stat(file)).mode & 0o777),
  );
  assert.deepEqual(modes, [0o700, 0o600, 0o700]);
  await two();
  await assert.rejects(stat(join(doors, "default")), { code: "ENOENT" });
});
