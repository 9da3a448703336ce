/** The real Codex calls tools through the gateway, registered with it in each of the ways that a person can choose. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFile, mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { mcpRoute } from "../../src/cli/mcp-route.ts";
import { serverLines } from "../../src/cli/setup/mcp.ts";
import { type Config, settingsSchema } from "../../src/config/schema.ts";
import { ev, type Item } from "../../src/testing/index.ts";
import { ended } from "../cli/program.ts";
import { exec, type Shown } from "../e2e/exec.ts";
import { WIRES, type World, type WorldOptions, world } from "../e2e/world.ts";
import { homeOf, write } from "../hooks/codex.ts";
import { EVERYTHING } from "./everything.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");
const MEMORY = join(import.meta.dirname, "../../node_modules/@modelcontextprotocol/server-memory/dist/index.js");
const CODE = "const r = await tools.mcp__plus__everything__echo({ message: 'in code' }); text(JSON.stringify(r));";

interface Place {
  readonly here: World;
  readonly config: Config;
  readonly url: string;
  /** The results of calls that the model has been told, newest last. */
  readonly heard: () => readonly Item[];
}

/** A person with server-everything, and a model that calls its `echo` within a program, and by itself. */
async function place(t: TestContext, options: Pick<WorldOptions, "wire" | "route">): Promise<Place> {
  const here = await world(t, options);
  const [home, codexHome] = [join(homeOf(here), "plus"), here.environment.CODEX_HOME ?? ""];
  await write(join(home, "mcp.json"), JSON.stringify({ mcpServers: { everything: EVERYTHING } }));
  let history: readonly Item[] = [];
  let leg = 0;
  here.mock.answer((ask) => {
    if (ask.kind !== "main") return undefined;
    history = ask.history;
    const { response, call } = ask.id;
    const steps = [
      ev.program(call, CODE),
      ev.done({
        type: "function_call",
        call_id: call,
        namespace: "mcp__plus",
        name: "everything__echo",
        arguments: '{"message":"by itself"}',
      }),
    ];
    const step = steps[leg++];
    return step && [ev.created(response), step, ev.completed(response)];
  });
  const environment = { home, codexHome, user: homeOf(here) };
  const config = { ...settingsSchema.parse({}), environment };
  const heard = () => history.filter(({ type }) => String(type).endsWith("_call_output"));
  return { here, config, url: here.environment.OPENAI_BASE_URL ?? "", heard };
}

/** The calls as the person is shown them. */
function calls({ events }: Shown) {
  return events.flatMap(({ type, item }) =>
    type === "item.completed" && item?.type === "mcp_tool_call"
      ? [{ server: item.server, tool: item.tool, arguments: item.arguments, status: item.status }]
      : [],
  );
}

const SHOWN = ["in code", "by itself"].map((message) => ({
  server: "plus",
  tool: "everything__echo",
  arguments: { message },
  status: "completed",
}));

/** Both results reached the model, and the backend saw nothing impossible. */
function assertHeard({ here, heard }: Place): void {
  const [inCode, byItself] = heard().map(({ output }) => JSON.stringify(output));
  assert.match(inCode ?? "", /Echo: in code/);
  assert.match(byItself ?? "", /Echo: by itself/);
  assert.deepEqual(here.mock.record.violations, []);
}

for (const wire of WIRES) {
  test(`${wire}: registered as run does it, tools are called within a program and by themselves`, {
    timeout: 60_000,
  }, async (t) => {
    const there = await place(t, { wire, route: "proxy" });
    const { here, config, url } = there;
    const route = await mcpRoute(config, url, [], here.cwd);
    const shown = await exec(
      { ...here, environment: { ...here.environment, ...route.variables } },
      ...route.args,
      "do it",
    );
    assert.deepEqual(calls(shown), SHOWN);
    assertHeard(there);
  });
}

test("registered as setup does it, Codex starts mcp serve, which asks the proxy of this run", {
  timeout: 60_000,
}, async (t) => {
  const there = await place(t, { wire: "ws", route: "proxy" });
  const { here, config, url } = there;
  await appendFile(join(config.environment.codexHome, "config.toml"), serverLines("a = 1\n", config));
  const route = await mcpRoute(config, url, [], here.cwd);
  assert.deepEqual(route.variables, {});
  const shown = await exec(here, ...route.args, "do it");
  assert.deepEqual(calls(shown), SHOWN);
  assertHeard(there);
  const log = await readFile(join(config.environment.home, "logs", "mcp-serve.log"), "utf8").catch(() => "");
  assert.doesNotMatch(log, /"serving"/, "it has started no proxy of its own");
});

/** `codex-plus run exec` to its end, with a proxy of its own. */
async function runExec({ here, config }: Place, sandbox: string): Promise<Shown> {
  const { home } = config.environment;
  const upstreams = { chatgpt: here.mock.url, openai: here.mock.url };
  await write(join(home, "config.json"), JSON.stringify({ upstreams, limits: { stopMs: 0 } }));
  const bin = join(homeOf(here), "bin");
  await mkdir(bin);
  await symlink(here.codex, join(bin, "codex"));
  const args = ["exec", "--json", "--skip-git-repo-check", "--sandbox", sandbox, "do it"];
  const child = spawn(process.execPath, [MAIN, "run", "--port", "0", ...args], {
    cwd: here.cwd,
    env: { ...here.environment, PATH: `${bin}:${here.environment.PATH}`, CODEX_PLUS_HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { code, stdout, stderr } = await ended(child);
  const lines = stdout.split("\n").filter(Boolean);
  return { code, signal: null, events: lines.map((line) => JSON.parse(line)), stderr };
}

test("codex-plus run: servers are met before Codex starts, and called", { timeout: 60_000 }, async (t) => {
  const there = await place(t, { wire: "ws", route: "direct" });
  const shown = await runExec(there, "danger-full-access");
  assert.deepEqual(calls(shown), SHOWN, shown.stderr);
  assert.match(shown.stderr, /^codex-plus: starting 1 MCP server for the first time: everything$/m);
  assertHeard(there);
});

test("what tools say of themselves reaches Codex's own approval", { timeout: 60_000 }, async (t) => {
  const there = await place(t, { wire: "ws", route: "direct" });
  const { home } = there.config.environment;
  const memory = { command: process.execPath, args: [MEMORY], env: { MEMORY_FILE_PATH: join(home, "memory.json") } };
  await write(join(home, "mcp.json"), JSON.stringify({ mcpServers: { memory } }));
  const left = ["memory__read_graph", "memory__delete_entities"];
  there.here.mock.answer(({ kind, id }) => {
    const name = kind === "main" ? left.shift() : undefined;
    if (name === undefined) return undefined;
    const call = { type: "function_call", call_id: id.call, namespace: "mcp__plus", name };
    return [ev.created(id.response), ev.done({ ...call, arguments: '{"entityNames":[]}' }), ev.completed(id.response)];
  });
  const shown = await runExec(there, "read-only");
  // Nobody can be asked: one that only reads is called, and one that destroys is not.
  assert.deepEqual(
    calls(shown).map(({ tool, status }) => [tool, status]),
    [
      ["memory__read_graph", "completed"],
      ["memory__delete_entities", "failed"],
    ],
    shown.stderr,
  );
});
