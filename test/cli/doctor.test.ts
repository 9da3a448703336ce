import assert from "node:assert/strict";
import { chmod, realpath } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { startMock } from "../../src/testing/mock/index.ts";
import { Sandbox, serving } from "./program.ts";

interface Finding {
  readonly name: string;
  readonly state: string;
  readonly says: string;
  readonly cure?: string;
}

async function findings(
  box: Sandbox,
  variables: Record<string, string>,
): Promise<{ code: number | null; by: Record<string, Finding>; text: string }> {
  const { code, stdout, stderr } = await box.run(["doctor", "--json"], variables);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return { code, by: Object.fromEntries(findings.map((one) => [one.name, one])), text: stdout + stderr };
}

const states = (by: Record<string, Finding>) =>
  Object.fromEntries(Object.values(by).map(({ name, state }) => [name, state]));

/** A login that ends at this second; only the claims matter. */
const loginUntil = (seconds: number) => {
  const token = `secret.${Buffer.from(JSON.stringify({ exp: seconds })).toString("base64url")}.signature`;
  return JSON.stringify({ tokens: { access_token: token, account_id: "secret-account" } });
};

test("where all is well doctor finds nothing wrong and shows no secret", async () => {
  await using box = await Sandbox.create();
  const mock = await startMock();
  try {
    const { url, port, child } = await serving(box, "--upstream", mock.url);
    await box.fakeCodex('console.log("codex-cli 0.169.0")');
    await box.write("codex/config.toml", `openai_base_url = "http://localhost:${port}/"\n`);
    await box.write("codex/auth.json", loginUntil(4_102_444_800));
    const { code, by, text } = await findings(box, { CODEX_PLUS_PORT: String(port), CODEX_PLUS_UPSTREAM: mock.url });
    assert.deepEqual([code, ...Object.values(by).filter(({ state }) => state !== "ok")], [0]);
    assert.equal(by.proxy?.says, `Codex-Plus 0.1.0 answers at ${url} (pid ${child.pid})`);
    assert.equal(by.login?.says, "ChatGPT, until 2100-01-01T00:00:00.000Z");
    assert.match(by.canary?.says ?? "", /^GET \/models: 200, \d+ bytes, the same through the proxy and around it$/);
    assert.doesNotMatch(text, /secret/);
    assert.equal(mock.record.requests.filter(({ path }) => path.startsWith("/models")).length, 3);
  } finally {
    await mock.stop();
  }
});

test("doctor names what is wrong, each with its cure, and ends with 1", async () => {
  await using box = await Sandbox.create();
  await box.fakeCodex('console.log("codex-cli 0.98.0")');
  await box.write("plus/config.json", '{"server":{"port":1}}');
  await chmod(`${box.folder}/plus`, 0o755);
  await box.write("codex/config.toml", 'openai_base_url = "http://127.0.0.1:1"\n');
  await box.write("codex/auth.json", loginUntil(1));
  const { code, by } = await findings(box, {
    CODEX_PLUS_UPSTREAM: "http://127.0.0.1:1",
    HTTP_PROXY: "http://user:secret@proxy.example:8080",
  });
  assert.equal(code, 1);
  assert.deepEqual(states(by), {
    node: "ok",
    proxy: "fail",
    daemon: "ok",
    permissions: "fail",
    codex: "fail",
    "pointed here": "ok",
    NO_PROXY: "fail",
    login: "warn",
    "hook files": "ok",
    hooks: "ok",
    MCP: "ok",
    "TLS profile": "ok",
    upstream: "fail",
    canary: "fail",
  });
  assert.equal(by.permissions?.cure, `chmod 700 ${box.folder}/plus`);
  assert.equal(by.NO_PROXY?.cure, "export NO_PROXY=127.0.0.1,localhost");
});

test("a daemon with other settings than these is called stale, a newer Codex than the profile is pointed out", async () => {
  await using box = await Sandbox.create();
  const mock = await startMock();
  try {
    const { port } = await serving(box, "--upstream", "http://127.0.0.1:1");
    await box.fakeCodex('console.log("codex-cli 9.1.0")');
    await box.write("codex/config.toml", 'model_provider = "azure"\n');
    const { by } = await findings(box, { CODEX_PLUS_PORT: String(port), CODEX_PLUS_UPSTREAM: mock.url });
    assert.match(by.daemon?.says ?? "", /^it sends to http:\/\/127\.0\.0\.1:1, the settings here say /);
    assert.match(by["TLS profile"]?.says ?? "", /the installed 9\.1\.0 may shake hands differently/);
    assert.match(by["pointed here"]?.says ?? "", /chooses the provider azure/);
    assert.match(by.canary?.says ?? "", /status 502 instead of 200/);
  } finally {
    await mock.stop();
  }
});

test("doctor tells of hooks that nobody has trusted, and fails where a guard is missing", async () => {
  await using box = await Sandbox.create();
  const hook = { hooks: [{ type: "command", command: "true" }] };
  await box.write("project/.claude/settings.json", JSON.stringify({ hooks: { Stop: [hook] } }));
  box.cwd = await realpath(join(box.folder, "project"));
  const state = async () => {
    const { by } = await findings(box, { CODEX_PLUS_UPSTREAM: "http://127.0.0.1:1" });
    const { name: _, ...found } = by["hook files"] ?? { name: "" };
    return found;
  };
  assert.deepEqual(await state(), {
    state: "warn",
    says: "not run: .claude/settings.json (1 hook, not trusted)",
    cure: `read them, then codex-plus trust ${box.cwd}`,
  });
  await box.run(["trust", "--yes"]);
  assert.deepEqual(await state(), { state: "ok", says: "1 hook for this folder" });
  await box.write(".claude/settings.json", '{"hooks":{"PreToolUse":[{"matcher":7,"hooks":[]}]}}');
  assert.deepEqual(await state(), {
    state: "fail",
    says: `what guards tool calls is left out, so they are NOT guarded: ${box.folder}/.claude/settings.json: PreToolUse: its matcher is not text`,
    cure: "write it as a command hook; codex-plus hooks test PreToolUse tries it",
  });
});

test("doctor tells of MCP servers that nobody has trusted, of definitions that cannot be used and of variables", async () => {
  await using box = await Sandbox.create();
  await box.write("project/.mcp.json", JSON.stringify({ mcpServers: { a: { command: "a" }, b: { command: "b" } } }));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a definition.
  await box.write("plus/mcp.json", '{"mcpServers":{"mine":{"command":"${NOWHERE}"},"bad":{"url":"https://x"}}}');
  box.cwd = await realpath(join(box.folder, "project"));
  const { by } = await findings(box, { CODEX_PLUS_UPSTREAM: "http://127.0.0.1:1" });
  assert.deepEqual(by.MCP, {
    name: "MCP",
    state: "warn",
    says: [
      "3 servers",
      `: a, b are not started: ${box.cwd}/.mcp.json is not trusted: read it, and if you trust it: codex-plus trust ${box.cwd}`,
      "; mine names the variable NOWHERE, which is not set",
      `; ${box.folder}/plus/mcp.json: bad: it has a url and no type: add "type": "http" (or "sse" for an old server)`,
    ].join(""),
    cure: "codex-plus mcp list",
  });
});

test("doctor tells of MCP servers that plain codex is not told of, and setup mends it", async () => {
  await using box = await Sandbox.create();
  const state = async () => {
    const { by } = await findings(box, { CODEX_PLUS_UPSTREAM: "http://127.0.0.1:1" });
    const { name: _, ...found } = by.MCP ?? { name: "" };
    return found;
  };
  await box.run(["setup", "--yes"]);
  await box.write("plus/mcp.json", JSON.stringify({ mcpServers: { mine: { command: "mine" } } }));
  assert.deepEqual(await state(), {
    state: "warn",
    says: "1 server for this folder; plain codex has none of them",
    cure: "codex-plus setup",
  });
  await box.run(["setup", "--yes"]);
  assert.deepEqual(await state(), { state: "ok", says: "1 server for this folder" });
});
