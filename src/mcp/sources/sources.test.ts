// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the text of definitions.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { ServerSources, type SourceOptions, type Trust } from "./index.ts";

let user: string;
let project: string;

beforeEach(async () => {
  user = await realpath(await mkdtemp(join(tmpdir(), "codex-plus-servers-")));
  project = join(user, "work", "app");
  await mkdir(join(project, ".git"), { recursive: true });
});
afterEach(() => rm(user, { recursive: true }));

async function write(name: string, value: unknown): Promise<string> {
  const file = join(user, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof value === "string" ? value : JSON.stringify(value));
  return file;
}

function sources(more: Partial<SourceOptions> = {}): ServerSources {
  return new ServerSources({
    homes: {
      plus: join(user, ".codexplus"),
      claude: join(user, ".claude"),
      user,
      managed: join(user, "managed"),
    },
    env: {},
    deny: [],
    trust: async () => "trusted",
    ...more,
  });
}

const run = (command: string) => ({ command });
const named = (...names: string[]) => Object.fromEntries(names.map((name) => [name, run(name)]));

/** Name, scope and command of each, in order. */
async function told(from: ServerSources, where = project): Promise<string[]> {
  const { servers } = await from.set(where);
  return servers.map(({ name, scope, config }) => `${name} ${scope} ${config.command ?? config.url}`);
}

test("the first place that names a server decides what it is: local, project, ours of the project, ours, the user's", async () => {
  const five = (at: string) => Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [name, run(at)]));
  const from = (at: string, first: number) => Object.fromEntries(Object.entries(five(at)).slice(first));
  await write(".claude.json", {
    mcpServers: from("user", 0),
    projects: { [project]: { mcpServers: { a: run("local") } }, "/elsewhere": { mcpServers: { z: run("z") } } },
  });
  await write("work/app/.mcp.json", { mcpServers: { a: run("no"), b: run("project") } });
  await write("work/app/.codexplus/mcp.json", { mcpServers: { b: run("no"), c: run("plus-project") } });
  await write(".codexplus/mcp.json", {
    mcpServers: { c: run("no"), d: run("plus-user") },
    projects: { [project]: { mcpServers: { o: run("own local") } } },
  });
  assert.deepEqual(await told(sources()), [
    "o local own local",
    "a local local",
    "b project project",
    "c plus-project plus-project",
    "d plus-user plus-user",
    "e user user",
  ]);
});

test("files of the folders between a working folder and its repository's root count, the nearest first", async () => {
  const inner = join(project, "packages", "one");
  await mkdir(inner, { recursive: true });
  await write("work/.mcp.json", { mcpServers: named("outside") });
  await write("work/app/.mcp.json", { mcpServers: { ...named("root"), both: run("far") } });
  await write("work/app/packages/one/.mcp.json", { mcpServers: { both: run("near") } });
  await write(".claude.json", { projects: { [project]: { mcpServers: named("local") } } });
  const found = sources();
  assert.deepEqual(await told(found, inner), ["local local local", "both project near", "root project root"]);
  assert.deepEqual(
    (await found.set(inner)).servers.map((server) => server.project),
    [inner, inner, inner],
  );
});

test("outside a repository the folders above count, and never the home folder's", async () => {
  const plain = join(user, "notes", "2026");
  await mkdir(plain, { recursive: true });
  await write("notes/.mcp.json", { mcpServers: named("above") });
  await write(".mcp.json", { mcpServers: named("home") });
  assert.deepEqual(await told(sources(), plain), ["above project above"]);
  assert.deepEqual(await told(sources(), user), ["home project home"]);
});

test("in the home folder our own file is the person's and not a project's", async () => {
  await write(".codexplus/mcp.json", { mcpServers: named("mine") });
  const asked: string[] = [];
  const trust = async (file: string): Promise<Trust> => {
    asked.push(file);
    return "unknown";
  };
  assert.deepEqual(await told(sources({ trust }), user), ["mine plus-user mine"]);
  assert.deepEqual(asked, []);
});

test("a broken file, a broken definition and an unknown type hide nothing of the rest, and each is told of once", async () => {
  const claude = await write(".claude.json", "{ not json");
  const file = await write("work/app/.mcp.json", {
    mcpServers: {
      good: { command: "good", args: ["x"], cwd: "/ignored", alwaysLoad: true },
      bare: { url: "https://example.com/mcp" },
      none: { args: ["x"] },
      odd: { type: "carrier-pigeon", url: "https://example.com" },
      number: { command: "x", env: { PORT: 80 } },
      text: "npx server",
      alias: { type: "streamable-http", url: "https://example.com/mcp" },
    },
  });
  const own = await write(".codexplus/mcp.json", { mcpServers: ["x"] });
  const { servers, problems } = await sources().set(project);
  assert.deepEqual(
    servers.map(({ name, config }) => [name, config.type]),
    [
      ["good", "stdio"],
      ["alias", "http"],
    ],
  );
  assert.deepEqual(problems, [
    { name: "", file: claude, message: "line 1 is not JSON: invalid symbol" },
    { name: "bare", file, message: `it has a url and no type: add "type": "http" (or "sse" for an old server)` },
    { name: "none", file, message: "it has neither a command nor a url" },
    { name: "odd", file, message: 'its type "carrier-pigeon" is none of stdio, http, sse, ws' },
    { name: "number", file, message: "every value of env must be text" },
    { name: "text", file, message: "it is no object" },
    { name: "", file: own, message: "mcpServers is no object of servers" },
  ]);
});

test("a .mcp.json without mcpServers is a problem; comments and commas that JSON has not are none", async () => {
  const file = await write("work/app/.mcp.json", '{"servers":{"x":{"command":"x"}}}');
  assert.deepEqual((await sources().set(project)).problems, [{ name: "", file, message: "it has no mcpServers" }]);
  await write("work/app/.mcp.json", '{ // mine\n "mcpServers": {"x":{"command":"x",},},\n}');
  assert.deepEqual(await told(sources()), ["x project x"]);
});

test("every field of a definition is carried; a timeout below a second is a slip, and one without end as long as a timer", async () => {
  const oauth = { clientId: "c", callbackPort: 4000, scopes: "read  write", authServerMetadataUrl: "https://a/m" };
  await write(".codexplus/mcp.json", {
    mcpServers: {
      local: { type: "stdio", command: "c", args: ["a"], env: { E: "v" }, timeout: 999 },
      remote: { type: "sse", url: "https://r", headers: { H: "v" }, headersHelper: "h", oauth, timeout: 1e12 },
    },
  });
  const { servers } = await sources().set(project);
  assert.deepEqual(
    servers.map(({ config }) => config),
    [
      { type: "stdio", command: "c", args: ["a"], env: { E: "v" }, url: undefined, headers: {}, timeoutMs: undefined },
      {
        type: "sse",
        command: undefined,
        args: [],
        env: {},
        url: "https://r",
        headers: { H: "v" },
        headersHelper: "h",
        oauth: { ...oauth, scopes: ["read", "write"] },
        timeoutMs: 2 ** 31 - 1,
      },
    ],
  );
});

test("variables are put in, with the project's folder among them; what is not set is told of", async () => {
  await write(".codexplus/mcp.json", {
    mcpServers: {
      x: { command: "${CLAUDE_PROJECT_DIR:-.}/run", args: ["${TOKEN}", "${NOT:-fine}"], env: { A: "$TOKEN" } },
    },
  });
  const [server] = (await sources({ env: { NOT: "" } }).set(project)).servers;
  assert.deepEqual(
    [server?.config.command, server?.config.args, server?.config.env, server?.missing],
    [`${project}/run`, ["${TOKEN}", ""], { A: "$TOKEN" }, ["TOKEN"]],
  );
});

test("the digest stays when a variable or the file's form changes, and not when the definition or the project does", async () => {
  const digest = async (env: NodeJS.ProcessEnv, where = project) =>
    (await sources({ env }).set(where)).servers.map((server) => server.digest).join();
  await write(".codexplus/mcp.json", '{"mcpServers":{"x":{"command":"${C}"}}}');
  const first = await digest({ C: "a" });
  await write(".codexplus/mcp.json", '{ "mcpServers": {  "x": { "command": "${C}" } }, "more": 1 }');
  const second = await digest({ C: "b" });
  await write(".codexplus/mcp.json", '{"mcpServers":{"x":{"command":"${C}","timeout":5000}}}');
  const third = await digest({ C: "a" });
  assert.match(first, /^[0-9a-f]{64}$/);
  assert.equal(second, first);
  assert.equal(new Set([first, third, await digest({ C: "a" }, user)]).size, 3);
});

test("a project's servers are held until they are trusted as they are, the person's own never", async () => {
  const shared = await write("work/app/.mcp.json", { mcpServers: named("theirs") });
  await write("work/app/.codexplus/mcp.json", { mcpServers: named("too") });
  await write(".claude.json", { projects: { [project]: { mcpServers: named("mine") } } });
  const trusted = new Map<string, string>();
  const trust = async (file: string, digest: string): Promise<Trust> =>
    trusted.get(file) === digest ? "trusted" : trusted.has(file) ? "changed" : "unknown";
  const from = sources({ trust });
  const held = async () =>
    (await from.set(project)).servers.map(({ name, held: reason }) => [name, reason?.why ?? "free"]);
  assert.deepEqual(await held(), [
    ["mine", "free"],
    ["theirs", "untrusted"],
    ["too", "untrusted"],
  ]);
  for (const { file, digest } of await from.files(project)) trusted.set(file, digest);
  assert.deepEqual(new Set((await held()).map(([, why]) => why)), new Set(["free"]));
  await write("work/app/.mcp.json", { mcpServers: { theirs: run("rm") } });
  const [, changed] = (await from.set(project)).servers;
  assert.deepEqual(changed?.held, {
    why: "changed",
    text: `${shared} has changed since it was trusted: read it, and if you trust it: codex-plus trust ${project}`,
  });
});

test("where the list of what is trusted cannot be read, the project's servers are held and the person's own run", async () => {
  await write("work/app/.mcp.json", { mcpServers: named("theirs") });
  await write(".codexplus/mcp.json", { mcpServers: named("mine") });
  const trust = () => Promise.reject(new Error("trust.json is a folder"));
  const { servers } = await sources({ trust }).set(project);
  assert.deepEqual(
    servers.map(({ name, held }) => [name, held?.text]),
    [
      ["theirs", "it cannot be told whether it is trusted: trust.json is a folder"],
      ["mine", undefined],
    ],
  );
});

test("what stands under a name is found in all its places, usable or not", async () => {
  const file = await write("work/app/.mcp.json", { mcpServers: { x: { url: "https://e" } } });
  const own = await write(".codexplus/mcp.json", { mcpServers: named("x", "y") });
  const from = sources();
  assert.deepEqual(from.where(project, "x"), [
    { scope: "project", file, path: ["mcpServers"] },
    { scope: "plus-user", file: own, path: ["mcpServers"] },
  ]);
  assert.deepEqual(
    from.written(project).map(({ name, place }) => [name, place.file]),
    [
      ["x", own],
      ["y", own],
    ],
  );
});

test("settings hold servers of .mcp.json back: rejected, or not among those approved; empty lists say nothing", async () => {
  await write("work/app/.mcp.json", { mcpServers: named("one", "two", "three") });
  await write(".codexplus/mcp.json", { mcpServers: named("mine") });
  const state = (lists: object) => write(".claude.json", { projects: { [project]: lists } });
  const held = async () =>
    (await sources().set(project)).servers.map(({ held: reason }) => reason?.text.replaceAll(user, "~") ?? "");
  const file = await state({ enabledMcpjsonServers: [], disabledMcpjsonServers: [] });
  assert.deepEqual(await held(), ["", "", "", ""]);
  await state({ enabledMcpjsonServers: ["one", "two"], disabledMcpjsonServers: ["mine"] });
  await write("work/app/.claude/settings.local.json", { disabledMcpjsonServers: ["two"] });
  const at = file.replace(user, "~");
  const local = "~/work/app/.claude/settings.local.json";
  const rejected = `it is in disabledMcpjsonServers of ${local}`;
  assert.deepEqual(await held(), ["", rejected, `it is not in enabledMcpjsonServers of ${at}`, ""]);
  await write(".claude/settings.json", { enableAllProjectMcpServers: true });
  assert.deepEqual(await held(), ["", rejected, "", ""]);
});

test("where an administrator has a file of servers, these are all there are", async () => {
  await write("managed/managed-mcp.json", { mcpServers: named("theirs") });
  await write("work/app/.mcp.json", { mcpServers: named("project") });
  await write(".codexplus/mcp.json", { mcpServers: named("mine") });
  assert.deepEqual(await told(sources()), ["theirs user theirs"]);
});

test("mcp.deny holds any server back by its name", async () => {
  await write(".codexplus/mcp.json", { mcpServers: named("git.hub", "github", "memory") });
  const { servers } = await sources({ deny: ["git.*", "mem*y"] }).set(project);
  assert.deepEqual(
    servers.map(({ held }) => held),
    [
      { why: "disabled", text: "the setting mcp.deny has git.*" },
      undefined,
      { why: "disabled", text: "the setting mcp.deny has mem*y" },
    ],
  );
});

test("keys are Claude Code's, and no two are the same for Codex, which knows no hyphens", async () => {
  await write(".codexplus/mcp.json", { mcpServers: named("my.srv x", "my-srv_x", "my_srv_x", "good-one") });
  const { servers } = await sources().set(project);
  assert.deepEqual(
    servers.map(({ key }) => key),
    ["my_srv_x", "my-srv_x_2", "my_srv_x_3", "good-one"],
  );
});

test("a change of a file is seen at the next look, and one that is gone is gone", async () => {
  const from = sources();
  assert.equal(from.any(project), false);
  const file = await write(".codexplus/mcp.json", { mcpServers: named("one") });
  assert.equal(from.any(project), true);
  assert.deepEqual(await told(from), ["one plus-user one"]);
  await write(".codexplus/mcp.json", { mcpServers: named("one", "two") });
  assert.deepEqual(await told(from), ["one plus-user one", "two plus-user two"]);
  await rm(file);
  assert.equal(from.any(project), false);
});

test("a file that has no end, or is nested without one, is told of and keeps nobody waiting", async () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  const servers = `"mcpServers": { "deep": { "command": "a", "more": ${deep} }, "good": { "command": "b" } }`;
  await symlink("/dev/zero", join(project, ".mcp.json"));
  await write("work/app/.codexplus/mcp.json", `{ ${servers} }`);
  await write(".codexplus/mcp.json", `{ /* a comment */ ${servers} }`);
  const { servers: usable, problems } = await sources().set(project);
  assert.deepEqual(
    [usable.map(({ name, scope }) => [name, scope]), problems.map(({ name, message }) => [name, message])],
    [
      [["good", "plus-project"]],
      [
        ["", "it is nested too deeply"],
        ["", "it is no file"],
        ["deep", "it is nested too deeply"],
      ],
    ],
  );
});

test("what stands under __proto__ is in no definition, with comments in the file or without", async () => {
  const hidden = `"hidden": { "__proto__": { "command": "sh" } }`;
  await write("work/app/.mcp.json", `{ /* a comment */ "mcpServers": { ${hidden} } }`);
  await write("work/app/.codexplus/mcp.json", `{ "mcpServers": { ${hidden} } }`);
  const { servers, problems } = await sources().set(project);
  assert.deepEqual(servers, []);
  assert.deepEqual(
    problems.map(({ name, message }) => `${name}: ${message}`),
    ["hidden: it has neither a command nor a url", "hidden: it has neither a command nor a url"],
  );
});
