/** Servers that are reached over the network: streamable HTTP, SSE and WebSocket. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { type WebSocket, WebSocketServer } from "ws";
import { realServer, testRoom, textOf, until } from "./room.ts";

const room = await testRoom();
const { mcp, project } = room;
const processes = new Set<ChildProcess>();
after(async () => {
  await room.close();
  for (const child of processes) child.kill("SIGKILL");
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** The real `everything` on a port, ready to be asked. */
async function everything(how: "streamableHttp" | "sse", port: number): Promise<ChildProcess> {
  const { command = "" } = realServer("everything");
  const child = spawn(process.execPath, [command, how], { env: { ...process.env, PORT: String(port) } });
  processes.add(child);
  child.stdout.resume();
  await new Promise<void>((resolve) => {
    child.stderr.on("data", (text: Buffer) => {
      if (/listening|running/.test(String(text))) resolve();
    });
  });
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
  processes.delete(child);
}

const calls = async (name: string) =>
  (await mcp.status(project)).find(({ server }) => server.name === name)?.calls ?? 0;

for (const [name, type, path] of [
  ["streamable", "http", "mcp"],
  ["events", "sse", "sse"],
] as const) {
  test(`${type}: calls, progress, a kill in mid call, and a restart`, async () => {
    const port = await freePort();
    const how = type === "http" ? "streamableHttp" : "sse";
    const first = await everything(how, port);
    room.add(name, { type, url: `http://127.0.0.1:${port}/${path}` });
    const told: number[] = [];
    const caller = room.caller({ progress: ({ progress }) => void told.push(progress) });
    const tool = (own: string) => `mcp__${name}__${own}`;
    const sum = await mcp.call(tool("get-sum"), { a: 1, b: 2 }, caller);
    await mcp.call(tool("trigger-long-running-operation"), { duration: 0.2, steps: 2 }, caller);
    assert.equal(textOf(sum), "The sum of 1 and 2 is 3.");
    assert.equal(told[0], 1);

    const dying = mcp.call(tool("trigger-long-running-operation"), { duration: 600, steps: 1 }, room.caller());
    await until(async () => ((await calls(name)) === 3 ? true : undefined));
    await kill(first);
    const dead = await dying;
    assert.deepEqual([dead.isError, textOf(dead).startsWith(`${name} `)], [true, true]);

    const down = await mcp.call(tool("get-sum"), { a: 1, b: 2 }, room.caller());
    assert.deepEqual([down.isError, /^\w+ could not be reached: /.test(textOf(down))], [true, true]);
    const second = await everything(how, port);
    const again = await until(async () => {
      const result = await mcp.call(tool("get-sum"), { a: 2, b: 2 }, room.caller());
      return result.isError ? undefined : result;
    });
    assert.equal(textOf(again), "The sum of 2 and 2 is 4.");
    await kill(second);
  });
}

test("a session that the server has forgotten is begun anew, and nobody notices", async () => {
  const port = await freePort();
  const first = await everything("streamableHttp", port);
  room.add("forgetful", { type: "http", url: `http://127.0.0.1:${port}/mcp` });
  await mcp.call("mcp__forgetful__get-sum", { a: 1, b: 2 }, room.caller());
  await kill(first);
  const second = await everything("streamableHttp", port);
  const result = await mcp.call("mcp__forgetful__get-sum", { a: 1, b: 2 }, room.caller());
  assert.equal(textOf(result), "The sum of 1 and 2 is 3.");
  await kill(second);
});

test("a server that does not let its headers in has failed, and its secrets are in no message", async (context) => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(401).end("Bearer swordfish-swordfish is not known");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  room.add("closed", {
    type: "http",
    url: `http://127.0.0.1:${port}/mcp?key=swordfish-key`,
    headers: { Authorization: "Bearer swordfish-swordfish" },
  });
  const result = await mcp.call("mcp__closed__any", {}, room.caller());
  const status = (await mcp.status(project)).find(({ server: { name } }) => name === "closed");
  assert.deepEqual([status?.state, asked[0]], ["failed", "Bearer swordfish-swordfish"]);
  assert.equal(textOf(result), "closed does not let its headers in (HTTP 401)");
});

test("a login in the address goes as a header", async (context) => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(500).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  room.add("basic", { type: "http", url: `http://user:pass%20phrase@127.0.0.1:${port}/mcp` });
  const result = await mcp.call("mcp__basic__any", {}, room.caller());
  assert.deepEqual(
    [asked[0], textOf(result)],
    [`Basic ${Buffer.from("user:pass phrase").toString("base64")}`, "basic answered with HTTP 500"],
  );
});

test("headers of a helper go with every request, and are asked for anew when they are refused", async (context) => {
  const port = await freePort();
  const behind = await everything("streamableHttp", port);
  let good = "1";
  const gate = createServer((request, response) => {
    if (request.headers["x-pass"] === good) void relay(request, response, `http://127.0.0.1:${port}/mcp`);
    else response.writeHead(403).end();
  }).listen(0, "127.0.0.1");
  await once(gate, "listening");
  context.after(() => {
    gate.closeAllConnections();
    gate.close();
  });
  const helper = join(project, "pass.json");
  await writeFile(helper, '{"x-pass": "1"}');
  room.add("guarded", {
    type: "http",
    url: `http://127.0.0.1:${(gate.address() as AddressInfo).port}/mcp`,
    headersHelper: `cat '${helper}'`,
  });
  const before = await mcp.call("mcp__guarded__get-sum", { a: 1, b: 2 }, room.caller());
  good = "2";
  await writeFile(helper, '{"x-pass": "2"}');
  const behindIt = await mcp.call("mcp__guarded__get-sum", { a: 1, b: 3 }, room.caller());
  assert.deepEqual([before, behindIt].map(textOf), ["The sum of 1 and 2 is 3.", "The sum of 1 and 3 is 4."]);
  room.remove("guarded");
  await mcp.status(project);
  await kill(behind);
});

test("ws: a call, its headers, and a connection that is cut", async (context) => {
  const own = await testRoom();
  const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(sockets, "listening");
  context.after(async () => {
    await own.close();
    sockets.close();
  });
  const passes: unknown[] = [];
  sockets.on("connection", (socket, request) => {
    passes.push([request.headers["x-pass"], socket.protocol]);
    socket.on("message", (data) => answer(socket, JSON.parse(String(data)) as { id?: number; method: string }));
  });
  const { port } = sockets.address() as AddressInfo;
  own.add("socket", { type: "ws", url: `ws://127.0.0.1:${port}`, headers: { "x-pass": "open" } });
  const hello = await own.mcp.call("mcp__socket__hello", {}, own.caller());
  await until(async () => (await own.mcp.status(own.project))[0]?.offer);
  const cut = await own.mcp.call("mcp__socket__cut", {}, own.caller());
  const again = await own.mcp.call("mcp__socket__hello", {}, own.caller());
  assert.deepEqual([hello, cut, again].map(textOf), ["hello", "socket has gone: its connection was closed", "hello"]);
  assert.deepEqual(passes, [
    ["open", "mcp"],
    ["open", "mcp"],
  ]);
});

function answer(
  socket: WebSocket,
  { id, method, params }: { id?: number; method: string; params?: { name?: string } },
) {
  const tool = (name: string) => ({ name, inputSchema: { type: "object" } });
  const results: Record<string, unknown> = {
    initialize: {
      protocolVersion: "2025-06-18",
      capabilities: { tools: {} },
      serverInfo: { name: "ws", version: "1" },
    },
    "tools/list": { tools: [tool("hello"), tool("cut")] },
    "tools/call": { content: [{ type: "text", text: "hello" }] },
  };
  if (params?.name === "cut") socket.terminate();
  else if (id !== undefined) socket.send(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] }));
}

/** Hands a request on, and its answer back piece by piece. */
async function relay(request: IncomingMessage, response: ServerResponse, url: string): Promise<void> {
  try {
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const headers = Object.entries(request.headers).filter(([name]) => /^(mcp-|content-type|accept)/.test(name));
    const answer = await fetch(url, {
      method: request.method ?? "GET",
      headers: headers as [string, string][],
      ...(body.length > 0 && { body }),
    });
    response.writeHead(answer.status, [...answer.headers].flat());
    response.flushHeaders();
    for await (const piece of answer.body ?? []) response.write(piece);
    response.end();
  } catch {
    // One of the two has gone.
    response.destroy();
  }
}
