/** How sessions of the gateway begin and end, who may open one, and what a client does whose stream has broken off. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { GatewayOptions } from "../../src/mcp/gateway/index.ts";
import { type Gate, openGate, TOKEN } from "./gate.ts";
import { type Slow, slow } from "./gateway-servers.ts";
import { memoryRoom } from "./memory-room.ts";

interface Place {
  readonly gate: Gate;
  readonly waiting: Slow;
  /** Sends a message in a session, or outside of any. */
  post(message: object, session?: string, headers?: Record<string, string>): Promise<Response>;
  /** Begins a session. @returns its id */
  begin(): Promise<string>;
}

const ACCEPT = { accept: "application/json, text/event-stream", "content-type": "application/json" };
const VERSION = { "mcp-protocol-version": "2025-11-25" };
const HELLO = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
};
const PING = { jsonrpc: "2.0", id: 1, method: "ping" };
const WAIT = { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "slow__wait", arguments: {} } };

async function place(t: TestContext, more: Partial<GatewayOptions> = {}): Promise<Place> {
  const waiting = slow();
  const room = await memoryRoom({ slow: waiting.server });
  const gate = await openGate(room, more);
  t.after(async () => {
    await gate.close();
    await room.close();
  });
  const post: Place["post"] = (message, session, headers = {}) =>
    fetch(gate.url(), {
      method: "POST",
      headers: { ...ACCEPT, ...(session !== undefined && { ...VERSION, "mcp-session-id": session }), ...headers },
      body: JSON.stringify(message),
    });
  const begin = async () => {
    const response = await post(HELLO);
    await response.text();
    assert.equal(response.status, 200);
    return response.headers.get("mcp-session-id") ?? "";
  };
  return { gate, waiting, post, begin };
}

/** Opens the stream for news of a session, or takes up another from one of its events. */
async function listen({ gate }: Place, session: string, from?: string): Promise<Response> {
  const headers = { accept: "text/event-stream", ...VERSION, "mcp-session-id": session };
  return fetch(gate.url(), { headers: { ...headers, ...(from !== undefined && { "last-event-id": from }) } });
}

/** The messages in the text of a stream. */
function messages(stream: string): unknown[] {
  return [...stream.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => JSON.parse(json ?? ""));
}

test("a session that is not known is 404, and a message outside of any session 400", { timeout: 20_000 }, async (t) => {
  const there = await place(t);
  const statuses = [
    (await there.post(PING, "nobody")).status,
    (await there.post(PING)).status,
    (await listen(there, "nobody")).status,
    (await fetch(there.gate.url(), { method: "DELETE" })).status,
    (await fetch(there.gate.url(), { method: "PUT" })).status,
  ];
  assert.deepEqual([statuses, there.gate.gateway.count()], [[404, 400, 404, 400, 405], 0]);
});

test("DELETE ends a session with its stream", { timeout: 20_000 }, async (t) => {
  const there = await place(t);
  const session = await there.begin();
  const stream = (await listen(there, session)).text();
  const headers = { "mcp-session-id": session };
  assert.equal((await fetch(there.gate.url(), { method: "DELETE", headers })).status, 200);
  assert.equal(await stream, "");
  assert.equal((await there.post(PING, session)).status, 404);
  assert.equal(there.gate.gateway.count(), 0);
});

test("of more sessions than may be open the one that is idle longest ends; a busy one never does", {
  timeout: 20_000,
}, async (t) => {
  const there = await place(t, { most: 2 });
  const busy = await there.begin();
  const call = there.post(WAIT, busy);
  await there.waiting.begun;
  const idle = await there.begin();
  const last = await there.begin();
  assert.equal((await there.post(PING, idle)).status, 404);
  assert.equal((await there.post(PING, last)).status, 200);
  const listening = await listen(there, last);
  assert.equal((await there.post(HELLO)).status, 503, "both are in use");
  there.waiting.finish("done");
  assert.match(await (await call).text(), /done/);
  await listening.body?.cancel();
});

test("what lies idle for too long ends when the next session begins", { timeout: 20_000 }, async (t) => {
  const there = await place(t, { idleMs: -1 });
  const first = await there.begin();
  await there.begin();
  assert.equal((await there.post(PING, first)).status, 404);
});

test("at the end streams for news close at once, and calls that are under way are answered", {
  timeout: 20_000,
}, async (t) => {
  const there = await place(t);
  const session = await there.begin();
  const stream = (await listen(there, session)).text();
  const call = there.post(WAIT, session);
  await there.waiting.begun;
  const other = await there.begin();
  there.gate.gateway.end();
  assert.equal(await stream, "");
  assert.deepEqual([(await there.post(PING, other)).status, (await there.post(HELLO)).status], [404, 503]);
  there.waiting.finish("still answered");
  assert.match(await (await call).text(), /still answered/);
});

test("a client whose stream broke off in mid call gets the answer by asking from the last event on", {
  timeout: 20_000,
}, async (t) => {
  const there = await place(t);
  const session = await there.begin();
  const broken = await there.post(WAIT, session);
  const reader = broken.body?.pipeThrough(new TextDecoderStream()).getReader();
  const first = (await reader?.read())?.value ?? "";
  const [, id] = /^id: (.*)$/m.exec(first) ?? [];
  await reader?.cancel();
  await there.waiting.begun;
  there.waiting.finish("kept for you");
  const resumed = await listen(there, session, id);
  const again = resumed.body?.pipeThrough(new TextDecoderStream()).getReader();
  const answer = (await again?.read())?.value ?? "";
  await again?.cancel();
  assert.deepEqual(messages(answer), [
    { jsonrpc: "2.0", id: 2, result: { content: [{ type: "text", text: "kept for you" }] } },
  ]);
  assert.equal((await listen(there, session, "999")).status, 400);
});

test("the token counts in a header and in the path, and every other path is refused", {
  timeout: 20_000,
}, async (t) => {
  const { gate } = await place(t);
  const ask = async (path: string, headers = {}) => {
    const url = `http://127.0.0.1:${gate.port}${path}`;
    return (await fetch(url, { method: "POST", headers: { ...ACCEPT, ...headers }, body: JSON.stringify(HELLO) }))
      .status;
  };
  const answers = {
    none: await ask("/_plus/mcp"),
    bearer: await ask("/_plus/mcp", { authorization: `Bearer ${TOKEN}` }),
    header: await ask("/_plus/mcp", { "x-codex-plus-token": TOKEN }),
    path: await ask(`/k/${TOKEN}/_plus/mcp`),
    "another token": await ask(`/k/${"u".repeat(43)}/_plus/mcp`),
    "another route": await ask(`/k/${TOKEN}/_plus/hook`),
    "a longer name": await ask(`/k/${TOKEN}/_plus/mcpx`),
    "another origin": await ask(`/k/${TOKEN}/_plus/mcp`, { origin: "https://evil.example" }),
  };
  assert.deepEqual(answers, {
    none: 401,
    bearer: 200,
    header: 200,
    path: 200,
    "another token": 401,
    "another route": 401,
    "a longer name": 401,
    "another origin": 401,
  });
});

test("a body that is too large and a project that is no path are refused", { timeout: 20_000 }, async (t) => {
  const { post } = await place(t, { bodyBytes: 1000 });
  const large = { ...HELLO, params: { ...HELLO.params, padding: "x".repeat(1000) } };
  const project = (value: string) => post(HELLO, undefined, { "x-codex-plus-project": value });
  const statuses = [(await post(large)).status, (await project("relative")).status, (await project("%zz")).status];
  assert.deepEqual(statuses, [413, 400, 400]);
});
