import assert from "node:assert/strict";
import { on, once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { type TestContext, test } from "node:test";
import { zstdCompressSync } from "node:zlib";
import { WebSocket } from "ws";
import { type Client, openClient, output, said } from "../client/index.ts";
import { ev, item, type WireEvent } from "../events.ts";
import { type Mock, type MockOptions, startMock } from "./index.ts";
import { failure, steps } from "./script.ts";

const WIRES = ["sse", "ws"] as const;
const BETA = { authorization: "Bearer k", "openai-beta": "responses_websockets=2026-02-06" };

async function mocked(t: TestContext, options?: MockOptions): Promise<Mock> {
  const mock = await startMock(options);
  t.after(() => mock.stop());
  return mock;
}

async function client(t: TestContext, mock: Mock, wire: Client["wire"]): Promise<Client> {
  const client = await openClient(wire, { baseUrl: `${mock.url}/v1`, key: "k" });
  t.after(() => client.close());
  return client;
}

async function socket(t: TestContext, mock: Mock): Promise<WebSocket> {
  const websocket = new WebSocket(`${mock.url}/responses`, { headers: BETA });
  t.after(() => websocket.terminate());
  await once(websocket, "open");
  return websocket;
}

function create(input: unknown[], more: object = {}): string {
  return JSON.stringify({ type: "response.create", model: "m", store: false, input, ...more });
}

async function nextEvents(websocket: WebSocket, last: string): Promise<WireEvent[]> {
  const events: WireEvent[] = [];
  for await (const [data] of on(websocket, "message")) {
    events.push(JSON.parse(String(data)));
    if (events.at(-1)?.type === last) break;
  }
  return events;
}

function texts(events: readonly WireEvent[]): string[] {
  return events.filter(({ type }) => type === "response.output_text.delta").map(({ delta }) => String(delta));
}

for (const wire of WIRES) {
  test(`${wire}: a conversation of text and a tool call is answered, and recorded byte for byte`, async (t) => {
    const mock = await mocked(t);
    const talk = await client(t, mock, wire);
    const hello = await talk.turn(said("hello there"));
    assert.deepEqual(texts(hello.events), ["echo:", " hello", " there"]);

    const asked = await talk.turn(said("run ls"));
    assert.deepEqual(
      asked.events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item),
      [item.reasoning("rs_mock_2", "A command will tell."), item.call("call_mock_2", "exec_command", { cmd: "ls" })],
    );
    const told = await talk.turn(output("call_mock_2", "a.txt\n"));
    assert.deepEqual(texts(told.events).join(""), "The tool said: a.txt");

    assert.deepEqual(
      mock.record.turns.map(({ received, sent, end }) => ({ received, sent: Buffer.concat(sent), end })),
      [hello, asked, told].map(({ up, down }) => ({ received: up, sent: Buffer.concat(down), end: "completed" })),
    );
    assert.deepEqual(mock.record.violations, []);
  });

  test(`${wire}: scripts come in order, waits hold the stream, then the model answers again`, async (t) => {
    const mock = await mocked(t);
    const talk = await client(t, mock, wire);
    const gate = Promise.withResolvers<void>();
    mock.script([ev.created("r1"), steps.wait(gate.promise), ev.completed("r1")], (ask) =>
      [ev.completed("r2"), ev.keepalive()].slice(0, ask.prompt === "b" ? 1 : 2),
    );
    const first = talk.turn(said("a"));
    await mock.record.until(() => mock.record.turns[0]?.sent.length !== 0 && mock.record.turns.length === 1);
    gate.resolve();
    assert.equal((await first).events.at(-1)?.type, "response.completed");
    assert.deepEqual((await talk.turn(said("b"))).events, [ev.completed("r2")]);
    assert.deepEqual(texts((await talk.turn(said("c"))).events), ["echo:", " c"]);
  });

  test(`${wire}: a failure has its status, error and headers`, async (t) => {
    const mock = await mocked(t);
    const talk = await client(t, mock, wire);
    mock.script(failure(429, { type: "usage_limit_reached" }, { "retry-after": "7" }));
    const { status, events, down } = await talk.turn(said("a"));
    assert.equal(status, 429);
    if (wire === "sse") assert.deepEqual(JSON.parse(String(down[0])), { error: { type: "usage_limit_reached" } });
    else assert.deepEqual(events, [ev.error(429, { type: "usage_limit_reached" }, { "retry-after": "7" })]);
  });

  test(`${wire}: impossible input is refused with 400 and recorded`, async (t) => {
    const mock = await mocked(t);
    const talk = await client(t, mock, wire);
    assert.equal((await talk.turn(output("call_x", "…"))).status, 400);
    assert.deepEqual(mock.record.violations, [
      `${wire}: No tool call found for function_call_output with call_id call_x.`,
    ]);
    assert.equal(mock.record.turns[0]?.end, "refused");
  });

  for (const fault of ["cut", "reset"] as const) {
    test(`${wire}: a ${fault} breaks the connection in the middle`, async (t) => {
      const mock = await mocked(t);
      const talk = await client(t, mock, wire);
      mock.script([ev.created("r1"), steps[fault]()]);
      await assert.rejects(talk.turn(said("a")));
      assert.equal(mock.record.turns[0]?.end, "broken");
    });
  }

  test(`${wire}: title requests get the JSON that they ask for`, async (t) => {
    const mock = await mocked(t);
    const schema = { type: "object", properties: { title: { type: "string" } } };
    const body = { model: "m", stream: true, input: "x", text: { format: { type: "json_schema", schema } } };
    if (wire === "sse") {
      const response = await fetch(`${mock.url}/responses`, {
        method: "POST",
        headers: BETA,
        body: JSON.stringify(body),
      });
      assert.match(await response.text(), /"text":"\{\\"title\\":\\"Mock title\\"\}"/);
    } else {
      const websocket = await socket(t, mock);
      websocket.send(JSON.stringify({ type: "response.create", ...body }));
      assert.deepEqual(texts(await nextEvents(websocket, "response.completed")).join(""), '{"title":"Mock title"}');
    }
  });
}

test("ws: a prewarm gives an id that the first turn goes on from", async (t) => {
  const mock = await mocked(t);
  const websocket = await socket(t, mock);
  websocket.send(create([], { generate: false }));
  assert.deepEqual(await nextEvents(websocket, "response.completed"), [
    ev.created("resp_mock_1"),
    ev.completed("resp_mock_1"),
  ]);
  websocket.send(create([said("hi")], { previous_response_id: "resp_mock_1" }));
  assert.deepEqual(texts(await nextEvents(websocket, "response.completed")), ["echo:", " hi"]);
  assert.deepEqual(
    mock.record.turns.map(({ kind }) => kind),
    ["warmup", "main"],
  );
});

test("ws: another socket's response is not found", async (t) => {
  const mock = await mocked(t);
  const [one, two] = [await socket(t, mock), await socket(t, mock)];
  one.send(create([said("hi")]));
  await nextEvents(one, "response.completed");
  two.send(create([said("hi")], { previous_response_id: "resp_mock_1" }));
  const [error] = await nextEvents(two, "error");
  const message = "Previous response with id 'resp_mock_1' not found: this socket has no response to go on from.";
  assert.deepEqual(
    error,
    ev.error(400, { type: "invalid_request_error", code: "previous_response_not_found", message, param: null }),
  );
  assert.deepEqual(mock.record.violations, [`ws: ${message}`]);
});

test("ws: a second request while a response is in flight is refused", async (t) => {
  const mock = await mocked(t);
  const websocket = await socket(t, mock);
  mock.script([ev.created("r1"), steps.silence()]);
  websocket.send(create([said("a")]));
  await nextEvents(websocket, "codex.rate_limits");
  websocket.send(create([said("b")]));
  await nextEvents(websocket, "error");
  assert.deepEqual(mock.record.violations, ["ws: a second response.create while a response is in flight"]);
});

test("ws: an interrupt ends the response as incomplete, and the next request goes on from it", async (t) => {
  const mock = await mocked(t);
  const websocket = await socket(t, mock);
  mock.script([ev.created("r1"), ev.text("msg_1", "so far"), steps.silence()]);
  websocket.send(create([said("a")]));
  await nextEvents(websocket, "response.output_item.done");
  websocket.send(JSON.stringify({ type: "response.interrupt", response_id: "r1", mode: "discard_partial_items" }));
  assert.deepEqual(await nextEvents(websocket, "response.incomplete"), [ev.incomplete("r1", "interrupted")]);
  websocket.send(create([said("b")], { previous_response_id: "r1" }));
  assert.deepEqual(texts(await nextEvents(websocket, "response.completed")), ["echo:", " b"]);
  assert.deepEqual(mock.record.violations, []);
  assert.equal(mock.record.turns[0]?.end, "interrupted");
});

test("ws: close codes and binary messages come as scripted; what the client sends of them is recorded", async (t) => {
  const mock = await mocked(t);
  const websocket = await socket(t, mock);
  mock.script([steps.binary("\u0000"), steps.close(1013, "later")]);
  const closed = once(websocket, "close");
  const binary = once(websocket, "message");
  websocket.send(create([said("a")]));
  assert.equal((await binary)[1], true);
  const [code, reason] = await closed;
  assert.deepEqual({ code, reason: String(reason) }, { code: 1013, reason: "later" });

  const other = await socket(t, mock);
  other.send(Buffer.from([1, 2]));
  await mock.record.until(() => mock.record.messages.length === 1);
  other.close(4000, "bye");
  await mock.record.until(() => mock.record.moments.some((moment) => moment.reason === "bye"));
  assert.deepEqual(mock.record.violations, ["ws: a binary message"]);
});

test("upgrades can be refused with any answer, and need the beta header", async (t) => {
  const mock = await mocked(t);
  mock.intercept(({ upgrade }) =>
    upgrade ? { status: 426, headers: { "x-why": "no" }, body: "use HTTP" } : undefined,
  );
  const websocket = new WebSocket(`${mock.url}/responses`, { headers: BETA });
  const [, refusal] = (await once(websocket, "unexpected-response")) as [unknown, IncomingMessage];
  assert.equal(refusal.statusCode, 426);
  assert.equal(refusal.headers["x-why"], "no");
  assert.equal(String(await refusal.toArray()), "use HTTP");

  mock.intercept(() => undefined);
  const bare = new WebSocket(`${mock.url}/responses`, { headers: { authorization: "Bearer k" } });
  const [, second] = (await once(bare, "unexpected-response")) as [unknown, IncomingMessage];
  assert.equal(second.statusCode, 400);
  assert.equal(mock.record.violations.length, 1);
});

test("sse: zstd bodies are read, unreadable ones are refused", async (t) => {
  const mock = await mocked(t);
  const post = async (body: NonSharedBuffer | string, headers: Record<string, string> = {}) =>
    fetch(`${mock.url}/backend-api/codex/responses`, { method: "POST", headers: { ...BETA, ...headers }, body });
  const body = JSON.stringify({ model: "m", input: "hi", stream: true });
  const response = await post(zstdCompressSync(body), { "content-encoding": "zstd" });
  assert.match(await response.text(), /echo:/);
  assert.equal(response.headers.get("x-codex-primary-used-percent"), "12");
  assert.deepEqual(mock.record.violations, []);

  assert.equal((await post(body, { "content-encoding": "zstd" })).status, 400);
  assert.equal((await post("[]")).status, 400);
  assert.equal(mock.record.violations.length, 2);
});

test("a client that asks for no stream gets one JSON body", async (t) => {
  const mock = await mocked(t);
  const body = JSON.stringify({ model: "m", input: "hi" });
  const response = await fetch(`${mock.url}/v1/responses`, { method: "POST", headers: BETA, body });
  const json = (await response.json()) as { status: string; output: { content: { text: string }[] }[] };
  assert.equal(json.status, "completed");
  assert.equal(json.output[0]?.content[0]?.text, "echo: hi");
});

test("1xx answers come before the head and trailers after the body", async (t) => {
  const mock = await mocked(t);
  mock.intercept(() => ({ early: [{ status: 103 }, { status: 102 }], body: "ok", trailers: { "x-sum": "9" } }));
  const client = httpRequest(`${mock.url}/any`).end();
  const early: number[] = [];
  client.on("information", ({ statusCode }) => early.push(statusCode));
  const [response] = (await once(client, "response")) as [IncomingMessage];
  assert.equal(String(await response.toArray()), "ok");
  assert.deepEqual(early, [103, 102]);
  assert.deepEqual(response.trailers, { "x-sum": "9" });
});

test("bytes on the wire are the script's own, below HTTP", async (t) => {
  const mock = await mocked(t);
  mock.intercept(() => ({ steps: [steps.wire("HTTP/1.1 299 Odd\r\nContent-Length: 2\r\n\r\nok"), steps.cut()] }));
  const response = await fetch(mock.url);
  assert.deepEqual({ status: response.status, body: await response.text() }, { status: 299, body: "ok" });
});

test("silence lasts until the client leaves", async (t) => {
  const mock = await mocked(t);
  mock.script([ev.created("r1"), steps.silence()]);
  const abort = new AbortController();
  const body = JSON.stringify({ model: "m", input: "hi", stream: true });
  const response = await fetch(`${mock.url}/responses`, { method: "POST", headers: BETA, body, signal: abort.signal });
  const reading = response.text().catch(() => "aborted");
  abort.abort();
  assert.equal(await reading, "aborted");
  await mock.record.until(() => mock.record.turns[0]?.end === "left");
});

test("the catalogue has an etag, account calls have answers, and a stop leaves no connection", async (t) => {
  const mock = await startMock({ residency: { origin: "https://eu.example", override: "us_cr" } });
  t.after(() => mock.stop());
  const models = await fetch(`${mock.url}/x/models?client_version=1`);
  assert.deepEqual(
    { etag: models.headers.get("etag"), body: await models.json() },
    { etag: '"mock-models-1"', body: { models: [] } },
  );
  const check = await fetch(`${mock.url}/backend-api/wham/accounts/check`);
  assert.deepEqual(await check.json(), {
    accounts: [
      {
        id: "00000000-0000-4000-8000-00000000c0de",
        workspace_backend_origin: "https://eu.example",
        account_routing_override: "us_cr",
      },
    ],
  });
  assert.equal((await fetch(`${mock.url}/nothing`)).status, 404);
  await mock.stop();
  assert.equal(mock.connections(), 0);
});
