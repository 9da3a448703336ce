// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the text of definitions.
/** `codex-plus mcp add|add-json|remove|list|get`, as processes. */
import assert from "node:assert/strict";
import { mkdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Sandbox, serving } from "../cli/program.ts";

const MEMORY = join(import.meta.dirname, "../../node_modules/.bin/mcp-server-memory");
const TOLD =
  "memory offers 9 tools, 1 resource: create_entities, create_relations, add_observations, delete_entities, delete_observations, delete_relations, read_graph, search_nodes, open_nodes\n";

/** A home with a repository in it, in which everything is started. */
async function world(): Promise<{ box: Sandbox; project: string; home: string }> {
  const box = await Sandbox.create();
  await mkdir(join(box.folder, "project/.git"), { recursive: true });
  box.cwd = await realpath(join(box.folder, "project"));
  const home = join(box.cwd, "..");
  box.variables.HOME = home;
  box.variables.CODEX_PLUS_HOME = join(home, "plus");
  // Without a proxy on the usual port.
  await box.write("plus/config.json", '{"server":{"port":0}}');
  return { box, project: box.cwd, home };
}

async function json(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, "utf8"));
}

const cells = (stdout: string) =>
  stdout
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((row) => row.split(/ {2,}/));

test("a program is added, met, listed, shown and removed again, and its secrets are in no output", async () => {
  const { box, project, home } = await world();
  await using _ = box;
  const file = join(home, "plus/mcp.json");
  const args = [MEMORY, "--api-key", "topsecret"];
  const added = await box.run([
    "mcp",
    "add",
    "-e",
    "API_KEY=topsecret",
    "memory",
    "--env",
    "B=2",
    "--",
    process.execPath,
    ...args,
  ]);
  const line = `${process.execPath} ${MEMORY} --api-key ***`;
  assert.deepEqual(added, {
    code: 0,
    stdout: `Added memory (${line}) for you, in ${project}: ${file}\n${TOLD}`,
    stderr: "",
  });
  const definition = { type: "stdio", command: process.execPath, args, env: { API_KEY: "topsecret", B: "2" } };
  assert.deepEqual(await json(file), { projects: { [project]: { mcpServers: { memory: definition } } } });
  assert.equal((await stat(file)).mode & 0o777, 0o600);

  const listed = await box.run(["mcp", "list"]);
  assert.deepEqual(
    [listed.code, cells(listed.stdout), listed.stderr],
    [0, [["memory", line, "starts when it is used", "9 tools, 1 resource", "local"]], ""],
  );
  const shown = await box.run(["mcp", "get", "memory"]);
  assert.match(shown.stdout, /^memory: starts when it is used\n {2}scope {3}local, .*mcp\.json\n/);
  assert.match(shown.stdout, /"API_KEY": "\*\*\*"/);
  assert.match(shown.stdout, /\n {4}mcp__memory__read_graph {2}Read the entire knowledge graph\n/);
  assert.doesNotMatch(added.stdout + listed.stdout + shown.stdout, /topsecret/);

  const removed = await box.run(["mcp", "remove", "memory"]);
  assert.deepEqual(removed, { code: 0, stdout: `Removed memory from ${file}\n`, stderr: "" });
  assert.deepEqual(await json(file), { projects: {} });
});

test("an address is added with its headers and login, by flags or as JSON", async () => {
  const { box, home } = await world();
  await using _ = box;
  // Never started: what is asked for here is what is written.
  await box.write("plus/config.json", '{"mcp":{"enabled":false}}');
  const flags = ["-t", "http", "-s", "user", "--client-id", "me", "--callback-port", "4711"];
  const headers = ["-H", "Authorization: Bearer ${TOKEN}", "X-Team: a=b: c"];
  const off = "MCP is off (mcp.enabled in config.json): no server is started.\n";
  assert.deepEqual(await box.run(["mcp", "add", ...flags, ...headers, "docs", "https://127.0.0.1:1/mcp?key=s"]), {
    code: 0,
    stdout: `Added docs (https://127.0.0.1:1/mcp?***) for you, in all projects: ${home}/plus/mcp.json\n`,
    stderr: off,
  });
  const more = JSON.stringify({ type: "sse", url: "https://127.0.0.1:1/sse", alwaysLoad: true });
  assert.equal((await box.run(["mcp", "add-json", "old", more, "--scope", "user"])).code, 0);
  assert.deepEqual(await json(join(home, "plus/mcp.json")), {
    mcpServers: {
      docs: {
        type: "http",
        url: "https://127.0.0.1:1/mcp?key=s",
        headers: { Authorization: "Bearer ${TOKEN}", "X-Team": "a=b: c" },
        oauth: { clientId: "me", callbackPort: 4711 },
      },
      old: JSON.parse(more),
    },
  });
});

test("what is not known, not well-formed or there already is refused, and nothing is written", async () => {
  const { box, home } = await world();
  await using _ = box;
  await box.write("plus/mcp.json", '{"mcpServers":{"there":{"url":"https://broken"}}}');
  const said = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await box.run(["mcp", ...args]);
    return `${code} ${stderr.split("\n", 2).join(" ")}`;
  };
  const usage = "The command's --help shows what it takes, with examples.";
  assert.deepEqual(
    [
      await said("add", "docs", "npx", "-y", "pkg"),
      await said("add-json", "docs", '{"url":"https://example.com"}'),
      await said("add", "there", "-s", "user", "--", "x"),
      await said("remove", "theer"),
    ],
    [
      "2 error: unknown option '-y' Flags of the server's own program go behind --: codex-plus mcp add NAME -- COMMAND --flag",
      `2 codex-plus: docs: it has a url and no type: add "type": "http" (or "sse" for an old server) ${usage}`,
      `1 There is a server there in ${home}/plus/mcp.json already; nothing was changed. To take it out: codex-plus mcp remove there -s user`,
      "1 codex-plus: there is no MCP server theer for this folder; did you mean there? codex-plus mcp list shows the servers of this folder, and codex-plus mcp get NAME what one of them offers.",
    ],
  );
  assert.deepEqual(await json(join(home, "plus/mcp.json")), { mcpServers: { there: { url: "https://broken" } } });
});

test("a project's file keeps its form, its mode and its trust, but one that nobody trusts is not trusted by it", async () => {
  const { box, project } = await world();
  await using _ = box;
  const add = (name: string) => box.run(["mcp", "add", name, "-s", "project", "--", "false"]);
  await mkdir(join(project, "deep"));
  box.cwd = join(project, "deep");
  assert.match(
    (await add("one")).stdout,
    /^Added one \(false\) for all who work in \S+\/project: \S+\/project\/\.mcp\.json\n/,
  );
  assert.equal((await stat(join(project, ".mcp.json"))).mode & 0o777, 0o644);
  const held = async () => {
    const { servers } = JSON.parse((await box.run(["mcp", "list", "--json"])).stdout);
    return servers.map(({ name, held: why }: { name: string; held?: object }) => [name, why !== undefined]);
  };
  assert.deepEqual(await held(), [["one", false]]);
  await box.write("project/.mcp.json", '{\n\t// ours\n\t"mcpServers": {}\n}\n', 0o640);
  await add("two");
  const text = await readFile(join(project, ".mcp.json"), "utf8");
  assert.match(text, /^\{\n\t\/\/ ours\n\t"mcpServers": \{\n\t\t"two": \{\n/);
  assert.equal((await stat(join(project, ".mcp.json"))).mode & 0o777, 0o640);
  assert.deepEqual(await held(), [["two", false]]);
  await box.write("project/.mcp.json", '{"mcpServers":{"theirs":{"command":"false"}}}');
  await add("three");
  assert.deepEqual(await held(), [
    ["theirs", true],
    ["three", true],
  ]);
});

test("list tells what is held and why, what cannot be used and what is not set; remove leaves Claude Code's file alone", async () => {
  const { box, project, home } = await world();
  await using _ = box;
  const state = {
    mcpServers: { shared: { command: "a" } },
    projects: { [project]: { mcpServers: { mine: { command: "${NOWHERE}" } } } },
  };
  await box.write(".claude.json", JSON.stringify(state));
  await box.write(
    "project/.mcp.json",
    JSON.stringify({ mcpServers: { theirs: { command: "b" }, more: { command: "c" }, bad: {} } }),
  );
  await box.write("project/.claude/settings.local.json", JSON.stringify({ disabledMcpjsonServers: ["more"] }));
  const { code, stdout, stderr } = await box.run(["mcp", "list"]);
  assert.deepEqual(
    [code, ...cells(stdout)],
    [
      0,
      ["mine", "${NOWHERE}", "never met", "local"],
      ["theirs", "b", "not trusted", "project"],
      ["more", "c", "off", "project"],
      ["shared", "a", "never met", "user"],
    ],
  );
  assert.deepEqual(stderr.trimEnd().split("\n"), [
    `theirs is not started: ${project}/.mcp.json is not trusted: read it, and if you trust it: codex-plus trust ${project}`,
    `more is not started: it is in disabledMcpjsonServers of ${project}/.claude/settings.local.json`,
    "mine names the variable NOWHERE, which is not set",
    ".mcp.json: bad: it has neither a command nor a url",
  ]);
  const removed = await box.run(["mcp", "remove", "mine"]);
  assert.deepEqual(removed, {
    code: 1,
    stdout: "",
    stderr: `mine stands in ${home}/.claude.json ("projects" › "${project}" › "mcpServers"), which is Claude Code's own and is not changed by us.\nTo take it out there: claude mcp remove mine -s local\n`,
  });
  assert.deepEqual(await json(join(home, ".claude.json")), state);
});

test("a name that stands in several places is removed where one says", async () => {
  const { box, home } = await world();
  await using _ = box;
  await box.write("plus/mcp.json", '{"mcpServers":{"x":{"command":"mine"}}}');
  await box.write("project/.codexplus/mcp.json", '{"mcpServers":{"x":{"command":"theirs"}}}');
  const { code, stderr } = await box.run(["mcp", "remove", "x"]);
  assert.deepEqual(
    [code, stderr],
    [
      1,
      `x stands in several places; nothing was changed. Say which with --scope:\n  project: .codexplus/mcp.json\n  user: ${home}/plus/mcp.json\n`,
    ],
  );
  assert.deepEqual(await box.run(["mcp", "remove", "x", "-s", "project"]), {
    code: 0,
    stdout: "Removed x from .codexplus/mcp.json\n",
    stderr: `Now the x of ${home}/plus/mcp.json counts.\n`,
  });
});

test("where a proxy runs it meets what is added, and list tells how things stand there", async () => {
  const { box, project } = await world();
  await using _ = box;
  const { port } = await serving(box, "--upstream", "http://127.0.0.1:1");
  const variables = { CODEX_PLUS_PORT: String(port) };
  const added = await box.run(["mcp", "add", "memory", "--", process.execPath, MEMORY], variables);
  assert.equal(added.stdout.split("\n")[1], TOLD.trimEnd());
  const { folder, live, servers } = JSON.parse((await box.run(["mcp", "list", "--json"], variables)).stdout);
  const [{ name, state, calls, offers, pid }] = servers;
  assert.deepEqual(
    { folder, live, name, state, calls, tools: offers.tools.length },
    { folder: project, live: true, name: "memory", state: "ready", calls: 0, tools: 9 },
  );
  process.kill(pid, 0);
});

test("of verbs at the same moment none loses what another has written, and of one name one is written", async () => {
  const { box, home } = await world();
  await box.write("plus/config.json", '{"server":{"port":0},"mcp":{"enabled":false}}');
  const names = ["a", "b", "c", "c"];
  const all = await Promise.all(
    names.map((name, at) => box.run(["mcp", "add", name, "-s", "user", "--", "run", `${at}`])),
  );
  assert.deepEqual(all.map(({ code }) => code).toSorted(), [0, 0, 0, 1]);
  const { mcpServers } = (await json(join(home, "plus/mcp.json"))) as { mcpServers: object };
  assert.deepEqual(Object.keys(mcpServers).toSorted(), ["a", "b", "c"]);
});
