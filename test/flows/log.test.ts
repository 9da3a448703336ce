/** What is logged and counted: one line a request, and never a secret. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test, { suite } from "node:test";
import { ev } from "../../src/testing/events.ts";
import { startMock, steps } from "../../src/testing/index.ts";
import type { Stage } from "../../src/turn.ts";
import { type LogLine, startProxy } from "./harness.ts";
import { connect } from "./line.ts";
import { readMessage } from "./message.ts";
import { dial } from "./talk.ts";

const SECRETS = ["sekret-key", "sekret-cookie", "sekret-account", "sekret-prompt", "sekret-query", "sekret-reply"];
const HEADERS = {
  authorization: "Bearer sekret-key",
  cookie: "c=sekret-cookie",
  "chatgpt-account-id": "sekret-account",
  "openai-beta": "responses_websockets=2026-02-06",
  "thread-id": "th-1",
  "x-codex-turn-metadata": JSON.stringify({
    turn_id: "tu-1",
    thread_id: "th-1",
    request_kind: "turn",
    workspaces: { "/sekret-query": {} },
  }),
};
const FIELDS = Object.entries(HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join("");
const BODY =
  '{"model":"m","stream":true,"store":false,"input":[{"type":"message","role":"user","content":"sekret-prompt"}]}';

const post = (body: string, more = ""): string =>
  `POST /responses?q=sekret-query HTTP/1.1\r\nHost: localhost\r\n${FIELDS}${more}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const looker: Stage = {
  name: "looker",
  needs: () => "events",
  request: (turn) => void turn.request.json() as undefined,
};

suite("The log", { timeout: 20_000 }, () => {
  for (const stages of [[], [looker]]) {
    test(`With ${stages.length} stages: one line a request, on both wires, whatever becomes of it, and no secret in any`, async (t) => {
      const mock = await startMock();
      t.after(() => mock.stop());
      const proxy = await startProxy(t, { upstream: mock.url, stages });
      const reply = [ev.created("r"), { type: "response.output_text.delta", delta: "sekret-reply" }, ev.completed("r")];
      const sent = async (bytes: string): Promise<void> => {
        const client = await connect(t, proxy.port);
        client.send(bytes);
        await readMessage(client);
        client.close();
      };
      mock.script(reply, [ev.created("r2"), steps.cut()]);
      await sent(post(BODY));
      await sent(post(BODY));
      await sent(post('{"sekret-prompt'));
      await sent(post("sekret-prompt", "content-encoding: gzip\r\n"));
      await sent(`GET /wham/x?token=sekret-query HTTP/1.1\r\nHost: localhost\r\n${FIELDS}\r\n`);
      await sent(`GET /_plus/status?token=sekret-query HTTP/1.1\r\nHost: localhost\r\n${FIELDS}\r\n`);
      const client = await dial(t, proxy.port, { headers: HEADERS }, "/responses?q=sekret-query");
      mock.script(reply);
      client.send(`{"type":"response.create",${BODY.slice(1)}`);
      await client.response();
      client.send('{"type":"response.create", sekret-prompt');
      client.ws.close(4000, "sekret-prompt");
      await proxy.logged(({ msg }) => msg === "websocket closed");
      await proxy.stop();
      const token = (await readFile(join(proxy.home, "token"), "utf8")).trim();
      assert.deepEqual(
        [...SECRETS, token].filter((secret) => proxy.log.text.includes(secret)),
        [],
      );
      const lines = proxy.log.lines.filter(({ msg }) => msg === "request");
      assert.equal(new Set(lines.map(({ id }) => id)).size, lines.length);
      const [first] = lines.filter(({ wire }) => wire === "sse");
      const [message] = lines.filter(({ wire }) => wire === "ws");
      for (const line of [first, message]) {
        const { id, time, ms, firstByteMs, bytesUp, bytesDown, level, ...known } = line ?? ({} as Partial<LogLine>);
        assert.deepEqual(
          [id, time, ms, firstByteMs, bytesUp, bytesDown, level].map((value) => typeof value),
          ["string", "string", "number", "number", "number", "number", "number"],
        );
        const wire = line === first ? "sse" : "ws";
        assert.deepEqual(known, {
          ...{
            method: wire === "sse" ? "POST" : "GET",
            endpoint: "/responses",
            provider: "custom",
            wire,
            status: wire === "sse" ? 200 : 101,
          },
          ...{ kind: "main", thread: "th-1", turn: "tu-1", close: "done", msg: "request" },
        });
      }
      assert.equal(lines.filter(({ wire }) => wire === "sse").length, 4);
    });
  }

  test("Status and metrics count what was logged", async (t) => {
    const mock = await startMock();
    t.after(() => mock.stop());
    const proxy = await startProxy(t, { upstream: mock.url });
    const token = (await readFile(join(proxy.home, "token"), "utf8")).trim();
    const client = await connect(t, proxy.port);
    client.send(post(BODY));
    await readMessage(client);
    await proxy.logged(({ msg }) => msg === "request");
    const headers = { "x-codex-plus-token": token };
    const status = (await (await fetch(`${proxy.url}/_plus/status`, { headers })).json()) as Record<string, unknown>;
    const metrics = await (await fetch(`${proxy.url}/_plus/metrics`, { headers })).text();
    assert.deepEqual(
      {
        requests: status.requests,
        turns: status.turns,
        errors: status.errors,
        open: status.open,
        sockets: status.sockets,
      },
      { requests: 1, turns: { sse: 1, ws: 0 }, errors: 0, open: 0, sockets: 0 },
    );
    assert.match(metrics, /^codex_plus_requests_total\{wire="sse",status="200"\} 1$/m);
    assert.match(metrics, new RegExp(`^codex_plus_bytes_total\\{direction="up"\\} ${Buffer.byteLength(BODY)}$`, "m"));
  });
});
