/** What `codex-plus run` and `setup` tell Codex of the gateway, and when they tell it nothing. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Sandbox } from "../cli/program.ts";

const SUITE = { command: process.execPath, args: [join(import.meta.dirname, "suite-process.ts")], timeout: 900_000 };
const REPORTER = `console.log(JSON.stringify({ args: process.argv.slice(2), token: process.env.CODEX_PLUS_TOKEN }));`;

async function home(): Promise<Sandbox> {
  const box = await Sandbox.create();
  await box.write("plus/mcp.json", JSON.stringify({ mcpServers: { suite: SUITE } }));
  await box.fakeCodex(REPORTER);
  return box;
}

async function told(box: Sandbox): Promise<{ args: string[]; token: string | undefined; stderr: string }> {
  const { stdout, stderr } = await box.run(["run", "--port", "0", "exec"]);
  return { ...JSON.parse(stdout), stderr };
}

test("run names the gateway and the project, and the token only in a variable; servers are met once", {
  timeout: 30_000,
}, async () => {
  await using box = await home();
  box.cwd = box.folder;
  const { args, token, stderr } = await told(box);
  const [url] = /http:[^"]+/.exec(args[1] ?? "") ?? [];
  assert.deepEqual(
    args.slice(2, -1).filter((arg) => arg !== "-c"),
    [
      `mcp_servers.plus.url="${url}/_plus/mcp"`,
      'mcp_servers.plus.bearer_token_env_var="CODEX_PLUS_TOKEN"',
      `mcp_servers.plus.http_headers={"x-codex-plus-project"="${encodeURIComponent(box.folder)}"}`,
      "mcp_servers.plus.tool_timeout_sec=905",
    ],
  );
  assert.equal(token, (await readFile(join(box.folder, "plus/token"), "utf8")).trim());
  assert.match(stderr, /starting 1 MCP server for the first time: suite/);
  assert.equal((await told(box)).stderr, "", "it is known now");
});

test("a server of the person's own by our name is left alone and told of; where it is switched off, nothing is said", {
  timeout: 30_000,
}, async () => {
  await using box = await home();
  await box.write("codex/config.toml", '[mcp_servers.plus]\nurl = "http://127.0.0.1:1/mcp"\n');
  const own = await told(box);
  assert.deepEqual([own.args.slice(2), own.token], [["exec"], undefined]);
  assert.match(own.stderr, /Codex has an MCP server "plus" of your own/);
  await box.write("plus/config.json", JSON.stringify({ mcp: { register: "never" } }));
  const never = await told(box);
  assert.deepEqual([never.args.slice(2), never.stderr], [["exec"], ""]);
});

test("setup shows and writes the entry, keeps what stands there, and takes it back", { timeout: 30_000 }, async () => {
  await using box = await home();
  const before = '# mine\nmodel = "x"\n\n[mcp_servers.docs] # theirs\nurl = "http://127.0.0.1:1/mcp"\n';
  const file = await box.write("codex/config.toml", before);
  const dry = await box.run(["setup", "--dry-run"]);
  assert.match(dry.stdout, /^\+ ?\[mcp_servers\.plus\]$/m);
  assert.equal(await readFile(file, "utf8"), before);
  await box.run(["setup", "--yes"]);
  const after = await readFile(file, "utf8");
  assert.ok(after.includes(before.slice(before.indexOf("# mine"))));
  assert.match(after, /"mcp", "serve"\]\nenv = \{ CODEX_PLUS_HOME = ".*plus" \}\n/);
  await box.run(["setup", "--undo", "--yes"]);
  assert.equal(await readFile(file, "utf8"), before);
  await box.run(["setup", "--yes", "--no-mcp"]);
  assert.doesNotMatch(await readFile(file, "utf8"), /mcp_servers\.plus/);
});
