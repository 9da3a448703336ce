import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { loadConfig } from "./load.ts";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "codex-plus-"));
});
afterEach(() => rm(home, { recursive: true }));

const file = (text: string) => writeFile(join(home, "config.json"), text);
const load = (variables: NodeJS.ProcessEnv = {}, flags = {}) =>
  loadConfig({ environment: { CODEX_PLUS_HOME: home, ...variables }, flags, cwd: "/somewhere" });

test("with nothing given everything is the default and nothing comes from the process", () => {
  const { config, origins } = load();
  assert.deepEqual(config.server, { port: 3000, host: "127.0.0.1", hosts: [], allowRemote: false });
  assert.deepEqual(config.environment, { home, codexHome: join(homedir(), ".codex") });
  assert.deepEqual(
    [...origins].filter(([, { from }]) => from !== "default"),
    [["environment.home", { value: home, from: "CODEX_PLUS_HOME" }]],
  );
  assert.deepEqual(origins.get("upstream"), { value: undefined, from: "default" });
});

test("flags win over the environment, the environment over the file, and each value knows its source", async () => {
  await file(
    '{\n  // mine\n  "server": {\n    "port": 4000,\n    "host": "::1",\n  },\n  "log": { "level": "warn" }\n}',
  );
  const { config, origins } = load(
    { CODEX_PLUS_PORT: "4001", CODEX_PLUS_LOG: "debug", CODEX_PLUS_HOST: "" },
    { port: "4002" },
  );
  assert.deepEqual(config.server, { port: 4002, host: "::1", hosts: [], allowRemote: false });
  assert.deepEqual(
    ["server.port", "server.host", "log.level", "transport"].map((name) => origins.get(name)),
    [
      { value: 4002, from: "--port" },
      { value: "::1", from: `${join(home, "config.json")} line 5` },
      { value: "debug", from: "CODEX_PLUS_LOG" },
      { value: "auto", from: "default" },
    ],
  );
});

test("a bad value is refused with its source, its setting and what is allowed", async () => {
  const refusal = (variables: NodeJS.ProcessEnv, flags = {}) => {
    try {
      load(variables, flags);
      return "accepted";
    } catch (error) {
      return `${(error as { code?: string }).code} ${(error as Error).message.replace(home, "HOME")}`;
    }
  };
  const cases = [
    refusal({ CODEX_PLUS_PORT: "abc" }),
    refusal({}, { port: 70_000 }),
    refusal({}, { transport: "tor" }),
    refusal({ CODEX_PLUS_UPSTREAM: "ftp://x" }),
    refusal({ CODEX_PLUS_UPSTREAM: "https://user:pa55@x/y" }),
    refusal({}, { upstream: "https://user@x" }),
    refusal({ CODEX_PLUS_UPSTREAM: "ftp://user:pa55@x" }),
    refusal({}, { host: "0.0.0.0" }),
  ];
  for (const text of [
    '{\n "server": {\n "prot": 1 } }',
    '{\n\n "log": { "level": 3 } }',
    '{\n "transport": \n}',
    "[]",
    '{"zzz": 1}',
  ]) {
    await file(text);
    cases.push(refusal({}));
  }
  assert.deepEqual(cases, [
    'CP_CONFIG_INVALID CODEX_PLUS_PORT: server.port expected number, got "abc"',
    "CP_CONFIG_INVALID --port: server.port expected number to be <=65535, got 70000",
    'CP_CONFIG_INVALID --transport: transport expected one of "auto"|"codex"|"native"|"chrome", got "tor"',
    'CP_CONFIG_INVALID CODEX_PLUS_UPSTREAM: upstream must be an http:// or https:// address, got "ftp://x"',
    'CP_CONFIG_INVALID CODEX_PLUS_UPSTREAM: upstream must not hold a login (user:password@), got "https://***@x/y"',
    'CP_CONFIG_INVALID --upstream: upstream must not hold a login (user:password@), got "https://***@x"',
    'CP_CONFIG_INVALID CODEX_PLUS_UPSTREAM: upstream must be an http:// or https:// address, got "ftp://***@x"',
    "CP_CONFIG_INVALID --host: server.host 0.0.0.0 can be reached from other machines; add --allow-remote (or server.allowRemote) if that is meant",
    "CP_CONFIG_INVALID HOME/config.json line 3: there is no setting server.prot; did you mean port?",
    'CP_CONFIG_INVALID HOME/config.json line 3: log.level expected one of "trace"|"debug"|"info"|"warn"|"error"|"silent", got 3',
    "CP_CONFIG_INVALID HOME/config.json line 3 is not JSON: value expected",
    "CP_CONFIG_INVALID HOME/config.json line 1: the file expected object, got []",
    "CP_CONFIG_INVALID HOME/config.json line 1: there is no setting zzz; known here: server, upstream, upstreams, residency, transport, log, limits, commands, sessions, hooks, mcp",
  ]);
});

test("the way out is read from either case of the proxy variables, the particular before the general", () => {
  const environment = (variables: NodeJS.ProcessEnv) => {
    const { home: _, codexHome: __, ...rest } = load(variables).config.environment;
    return rest;
  };
  assert.deepEqual(
    [
      environment({ https_proxy: "http://a:1", ALL_PROXY: "http://b:2", no_proxy: "x,y", SSL_CERT_FILE: "/s.pem" }),
      environment({
        HTTPS_PROXY: "http://A:1",
        https_proxy: "http://a:1",
        HTTP_PROXY: "",
        CODEX_CA_CERTIFICATE: "/c.pem",
        SSL_CERT_FILE: "/s.pem",
      }),
    ],
    [
      { httpsProxy: "http://a:1", httpProxy: "http://b:2", noProxy: "x,y", caFile: "/s.pem" },
      { httpsProxy: "http://A:1", caFile: "/c.pem" },
    ],
  );
});

test("Claude Code's variables for MCP count where they can be used, and else say nothing", () => {
  const limits = (variables: NodeJS.ProcessEnv) => {
    const { origins } = load(variables);
    return ["mcp.outputTokens", "mcp.startMs", "mcp.callMs"].map((name) => origins.get(name));
  };
  assert.deepEqual(limits({ MAX_MCP_OUTPUT_TOKENS: "50000", MCP_TIMEOUT: "5000", MCP_TOOL_TIMEOUT: "100000000" }), [
    { value: 50_000, from: "MAX_MCP_OUTPUT_TOKENS" },
    { value: 5000, from: "MCP_TIMEOUT" },
    { value: 100_000_000, from: "MCP_TOOL_TIMEOUT" },
  ]);
  assert.deepEqual(limits({ MAX_MCP_OUTPUT_TOKENS: "all", MCP_TIMEOUT: "0", MCP_TOOL_TIMEOUT: "-1" }), limits({}));
});

test("a value of the environment knows its variable", () => {
  const { origins } = load({ all_proxy: "http://p:1", NO_PROXY: "" });
  assert.deepEqual(
    ["httpsProxy", "noProxy", "codexHome"].map((name) => origins.get(`environment.${name}`)?.from),
    ["all_proxy", "default", "default"],
  );
});

test("a remote address is taken once it is asked for twice, and a relative home counts from the working folder", () => {
  assert.equal(load({}, { host: "0.0.0.0", allowRemote: true }).config.server.host, "0.0.0.0");
  assert.equal(load({ CODEX_HOME: "codex" }).config.environment.codexHome, "/somewhere/codex");
});
