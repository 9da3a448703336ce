/** `codex-plus mcp login`, `logout` and `test` beside a room of servers that runs all the while. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import { createLogger } from "../../src/log.ts";
import type { Mcp } from "../../src/mcp/index.ts";
import { createMcp } from "../../src/serving-mcp.ts";
import { type Ended, ended, Sandbox } from "../cli/program.ts";
import { browse } from "./browser.ts";
import { LoginServer } from "./login-server.ts";
import { textOf } from "./room.ts";

describe("the verbs of logins", () => {
  let box: Sandbox;
  let far: LoginServer;
  let room: Mcp;
  let project: string;
  /** All that was said anywhere: by verbs, and in the log of the room. */
  const said: string[] = [];
  before(async () => {
    [box, far] = [await Sandbox.create(), await LoginServer.start()];
    project = await realpath(box.folder);
    box.cwd = project;
    const helped = { type: "http", url: far.url, headersHelper: `cat '${join(project, "headers.json")}'` };
    const servers = { far: { type: "http", url: far.url }, helped, memory: { command: "mcp-server-memory" } };
    await box.write("plus/mcp.json", JSON.stringify({ mcpServers: servers }));
    await box.write("project/.mcp.json", JSON.stringify({ mcpServers: { theirs: { type: "http", url: far.url } } }));
    const { config } = loadConfig({ environment: box.variables, cwd: project });
    const environment = { ...config.environment, user: box.folder };
    const log = new Writable({
      write: (chunk, _, done) => {
        said.push(String(chunk));
        done();
      },
    });
    room = createMcp({ ...config, environment }, createLogger("trace", log));
  });
  after(async () => {
    await room.close();
    await far.stop();
    await box[Symbol.asyncDispose]();
  });

  async function run(...args: string[]): Promise<Ended> {
    return heard(ended(box.start(["mcp", ...args])));
  }

  async function heard(ending: Promise<Ended>): Promise<Ended> {
    const all = await ending;
    said.push(all.stdout, all.stderr);
    return all;
  }

  /** The address that a login shows. */
  async function address({ stderr }: ChildProcess): Promise<string> {
    if (stderr === null) throw new TypeError("standard error is not piped");
    for await (const line of createInterface(stderr)) if (line.startsWith("  http")) return line.trim();
    throw new Error("it showed no address");
  }

  async function login(): Promise<[stdout: string, page: string]> {
    const child = box.start(["mcp", "login", "far", "--no-browser"]);
    const all = heard(ended(child));
    const page = await browse(new URL(await address(child)));
    return [(await all).stdout, page.text];
  }

  const call = async () => textOf(await room.call("mcp__far__open", {}, caller()));
  const caller = () => ({ project, client: "test", signal: AbortSignal.timeout(20_000) });
  const state = async () => (await room.status(project)).find(({ server }) => server.name === "far")?.state;

  it("log in while the room runs, which needs no restart", async () => {
    await room.meet(project, 20_000);
    assert.equal(await state(), "login");
    const [stdout, page] = await login();
    assert.equal(stdout, "Logged in at far. Nothing has to be restarted.\n");
    assert.match(page, /You are logged in at far\. You can close this page and go back to the terminal\./);
    await room.meet(project, 20_000);
    assert.deepEqual([await call(), await state()], ["You are in.", "ready"]);
  });

  it("log in again when the server takes the login no longer", async () => {
    far.expire();
    assert.equal(await call(), "You are in.");
    far.end();
    assert.match(await call(), /far wants a login.*codex-plus mcp login/s);
    assert.equal(await state(), "login");
    await login();
    assert.deepEqual([await call(), await state()], ["You are in.", "ready"]);
  });

  it("tell how a server with a login does", async () => {
    const { code, stdout } = await run("test", "far");
    assert.equal(code, 0);
    const lines = stdout.split("\n").map((line) => line.trim().replace(/\d+ m?s/, "N ms"));
    assert.deepEqual(lines, [
      "far (user, plus/mcp.json)",
      `asks      ${far.url}`,
      "login     there is one",
      "started   in N ms",
      "is        behind-a-login 1.0.0, MCP 2025-11-25",
      "can       tools",
      "tools     1: open",
      "It works. It took N ms to say what it offers.",
      "",
    ]);
  });

  it("log out, after which the server has to be asked again", async () => {
    const { code, stdout } = await run("logout", "far");
    assert.deepEqual(
      [code, stdout, far.refresh.size],
      [0, "far: the server has taken the login back, and it is forgotten here.\n", 0],
    );
    assert.match(await call(), /far wants a login/);
    const tried = await run("test", "far", "--json");
    const { steps, works } = JSON.parse(tried.stdout);
    assert.deepEqual([tried.code, works], [1, false]);
    assert.deepEqual(
      steps.map(({ ms: _, ...step }: { ms: number }) => step),
      [
        { step: "login", kept: false },
        { step: "failed", code: "CP_MCP_LOGIN", why: "far wants a login", stderr: [] },
      ],
    );
    assert.equal((await run("logout", "far")).stdout, "far: there was no login.\n");
  });

  it("log out of a server that is written down no more", async () => {
    await login();
    const other = join(project, "plus", "mcp.json");
    const before = await readFile(other, "utf8");
    const { stderr } = await run("remove", "far");
    assert.equal(stderr, "You are still logged in there. To end that, too: codex-plus mcp logout far\n");
    assert.match((await run("logout", "far")).stdout, /taken the login back/);
    await box.write("plus/mcp.json", before);
  });

  it("say why there is nothing to log in at", async () => {
    const [memory, none, late] = await Promise.all([
      run("login", "memory"),
      run("login", "fax"),
      run("login", "far", "--no-browser", "--timeout", "0.1"),
    ]);
    assert.deepEqual(
      [memory, none, late].map(({ code, stderr }) => [
        code,
        stderr.split("\n").find((line) => line.startsWith("codex")),
      ]),
      [
        [2, "codex-plus: memory is a program: it has no login"],
        [1, "codex-plus: there is no MCP server fax for this folder; did you mean far?"],
        [1, "codex-plus: The login at far was not over within 0.1 s"],
      ],
    );
  });

  it("do not start what is not trusted", async () => {
    const [cwd, seen] = [box.cwd, far.seen.length];
    box.cwd = join(project, "project");
    const all = await Promise.all([run("login", "theirs", "--no-browser"), run("test", "theirs")]);
    box.cwd = cwd;
    assert.deepEqual([all.map(({ code }) => code), far.seen.length], [[1, 1], seen]);
    for (const { stderr } of all) assert.match(stderr, /theirs is not started: .*codex-plus trust/);
  });

  it("have nothing to do where a program gives the headers, which is asked again when the server refuses them", async () => {
    const grant = async (token: string) => {
      far.end();
      far.access.set(token, { client: "a program", scopes: [], login: token });
      await box.write("headers.json", JSON.stringify({ Authorization: `Bearer ${token}` }));
    };
    const helped = async () => textOf(await room.call("mcp__helped__open", {}, caller()));
    await grant("one");
    assert.equal((await run("test", "helped")).code, 0);
    await room.meet(project, 20_000);
    assert.equal(await helped(), "You are in.");
    await grant("two");
    assert.equal(await helped(), "You are in.");
    far.end();
    assert.match(await helped(), /helped/);
    await grant("three");
    assert.equal(await helped(), "You are in.");
    const { code, stderr } = await run("login", "helped");
    const words = "codex-plus: helped is let in by its headers: it has no login";
    assert.deepEqual([code, stderr.split("\n")[0]], [2, words]);
  });

  it("keep what is secret in one file for its owner, and say it nowhere", async () => {
    await login();
    assert.equal(await call(), "You are in.");
    const file = join(project, "plus", "mcp-logins.json");
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const names = await readdir(project, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const texts = await Promise.all(files.map(async (one) => [one, await readFile(one, "latin1")] as const));
    const holding = (text: string) => [...far.secrets].some((secret) => text.includes(secret));
    assert.deepEqual(
      texts.filter(([, text]) => holding(text)).map(([one]) => one),
      [file],
    );
    assert.deepEqual(said.filter(holding), []);
  });
});
