/** `codex-plus mcp serve` as any client starts it: a program that speaks the protocol on its standard input and output. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { ended, firstLine, Sandbox, serving } from "../cli/program.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");
const SUITE = join(import.meta.dirname, "suite-process.ts");

/** A home with the suite's server, for all projects. */
async function home(): Promise<Sandbox> {
  const box = await Sandbox.create();
  const suite = { command: process.execPath, args: [SUITE] };
  await box.write("plus/mcp.json", JSON.stringify({ mcpServers: { suite, "other one": suite } }));
  return box;
}

interface Served {
  readonly client: Client;
  /** What went wrong on the way: a line on standard output that is no message, for one. */
  readonly errors: Error[];
  [Symbol.asyncDispose](): Promise<void>;
}

async function serve(box: Sandbox, args: readonly string[] = [], variables = {}): Promise<Served> {
  const client = new Client({ name: "desk", version: "1" }, { capabilities: { elicitation: {} } });
  const errors: Error[] = [];
  client.onerror = (error) => errors.push(error);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, "mcp", "serve", ...args],
    env: { ...box.variables, ...variables },
    cwd: box.folder,
    stderr: "inherit",
  });
  await client.connect(transport);
  return { client, errors, [Symbol.asyncDispose]: () => client.close() };
}

const SIMPLE = { content: [{ type: "text", text: "This is a simple text response for testing." }] };

test("without a proxy it has the servers itself, and leaves no word on standard output", {
  timeout: 30_000,
}, async () => {
  await using box = await home();
  await using served = await serve(box);
  const { client, errors } = served;
  const { tools } = await client.listTools();
  const names = tools.map(({ name }) => name).filter((name) => name.endsWith("simple_text"));
  assert.deepEqual(names, ["suite__test_simple_text", "other_one__test_simple_text"]);
  assert.deepEqual(await client.callTool({ name: "suite__test_simple_text" }), SIMPLE);
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: "decline" }));
  const asked = await client.callTool({ name: "suite__test_elicitation", arguments: { message: "?" } });
  assert.deepEqual(asked.content, [{ type: "text", text: "User response: action: decline, content: undefined" }]);
  assert.deepEqual(errors, []);
});

test("one server alone keeps its names; one that there is not is said to be unknown", { timeout: 30_000 }, async () => {
  await using box = await home();
  const proxy = await serving(box);
  const there = { CODEX_PLUS_DOOR: String(proxy.port) };
  await using served = await serve(box, ["--server", "other one"], there);
  assert.deepEqual(await served.client.callTool({ name: "test_simple_text" }), SIMPLE);
  await assert.rejects(serve(box, ["--server", "nobody"], there), /no MCP server "nobody" is configured/);
});

test("a proxy that ends in mid call costs that call; the next one takes its place unseen", {
  timeout: 30_000,
}, async () => {
  await using box = await home();
  const first = await serving(box);
  await using served = await serve(box, [], { CODEX_PLUS_DOOR: String(first.port) });
  const { client } = served;
  assert.deepEqual(await client.callTool({ name: "suite__test_simple_text" }), SIMPLE);
  const asked = Promise.withResolvers<void>();
  client.setRequestHandler(ElicitRequestSchema, () => {
    asked.resolve();
    return new Promise(() => undefined);
  });
  const call = client.callTool({ name: "suite__test_elicitation", arguments: { message: "?" } });
  const lost = assert.rejects(call, { code: -32000, message: /ended before it had answered/ });
  await asked.promise;
  const told = new Promise((resolve) => client.setNotificationHandler(ToolListChangedNotificationSchema, resolve));
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  const second = box.start(["serve", "--port", String(first.port), "--json", "--log", "silent"]);
  await firstLine(second);
  await lost;
  await told;
  assert.deepEqual(await client.callTool({ name: "suite__test_simple_text" }), SIMPLE);
});

/** All that it says to lines that are piped into it, by the id of what was asked; a verb that does not end has no code. */
async function piped(box: Sandbox, args: readonly string[], asked: object): Promise<[number | null, unknown]> {
  const clientInfo = { name: "hand", version: "1" };
  const lines = [
    { id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo } },
    { method: "notifications/initialized" },
    { id: 2, ...asked },
  ];
  const child = spawn(process.execPath, [MAIN, "mcp", "serve", ...args], { env: box.variables, cwd: box.folder });
  child.stdin.end(lines.map((line) => `${JSON.stringify({ jsonrpc: "2.0", ...line })}\n`).join(""));
  const { code, stdout } = await ended(child);
  const answers = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return [
    code,
    Object.fromEntries(answers.filter(({ id }) => id).map(({ id, result, error }) => [id, result ?? error])),
  ];
}

test("lines that are piped into it are answered though the input ends with them", { timeout: 30_000 }, async () => {
  await using box = await home();
  const [code, answers] = await piped(box, [], { method: "tools/call", params: { name: "suite__test_simple_text" } });
  assert.deepEqual([code, (answers as { 2: unknown })[2]], [0, SIMPLE]);
});

test("without a proxy, one that is asked for a server that there is not says so and ends", {
  timeout: 30_000,
}, async () => {
  await using box = await home();
  const [code, answers] = await piped(box, ["--server", "nobody"], { method: "tools/list" });
  assert.equal(code, 0);
  assert.match(
    JSON.stringify(answers),
    /^\{"1":\{"code":-32000,"message":"codex-plus: no MCP server .*nobody.* is configured/,
  );
});
