/** WebSockets through the proxy: what is said on one side is heard on the other, whole, in order, and at once. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test, { suite, type TestContext } from "node:test";
import type { Stage } from "../../src/turn.ts";
import { switched, UPGRADE } from "./bare.ts";
import { ANSWER_WS } from "./events.ts";
import { type ProxyOptions, startProxy } from "./harness.ts";
import { connect, ear } from "./line.ts";
import { field, readHead, readMessage } from "./message.ts";
import { dial, hall, type Talk } from "./talk.ts";

const MiB = 1024 ** 2;
const looker: Stage = { name: "looker", needs: () => "events", frames: (_turn, source) => source };
const CREATE = JSON.stringify({ type: "response.create", model: "m", input: [] });

async function between(
  t: TestContext,
  deflate = false,
  options: ProxyOptions = {},
): Promise<{ client: Talk; upstream: Talk; connections: () => number }> {
  const far = await hall(t, { perMessageDeflate: deflate });
  const proxy = await startProxy(t, { ...options, upstream: far.url });
  const client = await dial(t, proxy.port);
  return { client, upstream: await far.talk(), connections: far.connections };
}

suite("WebSockets through the proxy", { timeout: 30_000 }, () => {
  test("The upgrade goes up with its fields, the 101 comes down with its own, but for the compression", async (t) => {
    const far = await hall(t, { perMessageDeflate: true, handleProtocols: () => "b" }, [
      "X-Request-Id: r1",
      'x-models-etag: "e"',
    ]);
    const proxy = await startProxy(t, { upstream: far.url });
    const client = await connect(t, proxy.port);
    const key = "dGhlIHNhbXBsZSBub25jZQ==";
    client.send(
      `GET /responses HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n` +
        "Sec-WebSocket-Protocol: a, b\r\nauthorization: Bearer x\r\nsec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n\r\n",
    );
    const down = await readHead(client);
    const up = await far.talk();
    assert.deepEqual(up.request?.rawHeaders, [
      ...[
        "Host",
        `127.0.0.1:${far.port}`,
        "Connection",
        "Upgrade",
        "Upgrade",
        "websocket",
        "Sec-WebSocket-Version",
        "13",
      ],
      ...["Sec-WebSocket-Key", key, "Sec-WebSocket-Protocol", "a, b", "authorization", "Bearer x"],
      ...["sec-websocket-extensions", "permessage-deflate; client_max_window_bits"],
    ]);
    assert.deepEqual(down, {
      start: "HTTP/1.1 101 Switching Protocols",
      headers: [
        ...["Upgrade", "websocket", "Connection", "Upgrade", "Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
        ...["Sec-WebSocket-Protocol", "b", "X-Request-Id", "r1", "x-models-etag", '"e"'],
      ],
    });
  });

  for (const deflate of [false, true]) {
    const how = deflate ? "compressed towards upstream" : "as they come";
    test(`A thousand messages of all sizes go both ways at once, ${how}, each whole and in order`, async (t) => {
      const { client, upstream } = await between(t, deflate);
      assert.equal(upstream.ws.extensions, deflate ? "permessage-deflate" : "");
      assert.equal(client.ws.extensions, "");
      const messages = Array.from({ length: 1000 }, (_, i) => `${i}:${"lorem ipsum ".repeat((i * 37) % 400)}`);
      for (const message of messages) {
        client.send(message);
        upstream.send(message);
      }
      const heard = [];
      const told = [];
      for (const _ of messages) {
        heard.push(await upstream.text());
        told.push(await client.text());
      }
      assert.deepEqual([heard, told], [messages, messages]);
    });

    test(`Binary, empty, unknown and non-JSON messages pass, ${how}`, async (t) => {
      const { client, upstream } = await between(t, deflate);
      const bytes = randomBytes(5000);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        from.send(bytes);
        from.send("");
        from.send('{"type":"response.never_heard_of"}');
        from.send("no JSON");
        const heard = [await to.next(), await to.next(), await to.next(), await to.next()];
        assert.deepEqual(
          heard.map(({ text, data }) => (text ? `${data}` : data)),
          [bytes, "", '{"type":"response.never_heard_of"}', "no JSON"],
        );
      }
    });

    test(`Messages of 64 MiB pass both ways, ${how}`, async (t) => {
      const { client, upstream } = await between(t, deflate);
      // Mostly easy to compress: it is the size that is asked about.
      const large = Buffer.concat(
        [randomBytes(MiB).toString("hex"), Buffer.alloc(62 * MiB, "x")].map((part) => Buffer.from(part)),
      );
      client.sendText(large);
      const up = await upstream.next();
      upstream.sendText(large);
      const down = await client.next();
      assert.deepEqual([large.length, up.data.equals(large), down.data.equals(large)], [64 * MiB, true, true]);
    });
  }

  test("A client's message over the limit is refused with 1009, and upstream is let go", async (t) => {
    const { client, upstream } = await between(t, false, { settings: { limits: { messageBytes: 4096 } } });
    client.send("x".repeat(4097));
    const closed = await client.closed;
    assert.deepEqual(closed, { code: 1009, reason: "a WebSocket message of 4097 bytes is over the limit of 4096" });
    assert.deepEqual((await upstream.closed).code, 1011);
  });

  test("An upstream message over the limit, where messages are read, is refused with 1009 and told to the client", async (t) => {
    const { client, upstream } = await between(t, false, {
      settings: { limits: { messageBytes: 4096 } },
      stages: [looker],
    });
    client.send(CREATE);
    await upstream.next();
    upstream.send(`{"type":"response.created","x":"${"x".repeat(4097)}"}`);
    const [event] = await client.response();
    assert.deepEqual(
      [event?.type, (await client.closed).code, (await upstream.closed).code],
      ["response.failed", 1011, 1009],
    );
  });

  test("A message that inflates over the limit is refused with 1009", async (t) => {
    const { client, upstream } = await between(t, true, { settings: { limits: { messageBytes: 4096 } } });
    upstream.send("x".repeat(100_000));
    assert.deepEqual([(await client.closed).code, (await upstream.closed).code], [1011, 1009]);
  });

  test("Fragments of a client go up and those of upstream come down, with pings between them", async (t) => {
    const { client, upstream } = await between(t);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      const pong = new Promise<string>((resolve) => from.ws.once("pong", (data) => resolve(data.toString())));
      from.ws.send("one ", { fin: false });
      from.ws.ping("still there?");
      from.ws.send("two ", { fin: false });
      from.ws.send("three", { fin: true });
      assert.deepEqual([await to.text(), await pong], ["one two three", "still there?"]);
    }
  });

  test("A ping is answered on the side it came from, and is not passed on", async (t) => {
    const { client, upstream } = await between(t);
    let pings = 0;
    client.ws.on("ping", () => pings++);
    upstream.ws.on("ping", () => pings++);
    for (const side of [client, upstream]) {
      const pong = new Promise<string>((resolve) => side.ws.once("pong", (data) => resolve(data.toString())));
      side.ws.ping("x");
      assert.equal(await pong, "x");
    }
    client.send("a");
    upstream.send("b");
    assert.deepEqual([await upstream.text(), await client.text(), pings], ["a", "b", 0]);
  });

  for (const [code, reason] of [
    [1000, ""],
    [1000, "bye"],
    [1001, "going"],
    [1008, "policy ✓"],
    [1011, "x".repeat(123)],
    [4000, "own"],
  ] as const) {
    test(`A close ${code} ${JSON.stringify(reason.slice(0, 10))} is carried to the other side, whoever sends it`, async (t) => {
      for (const who of ["client", "upstream"] as const) {
        const sides = await between(t);
        sides[who].ws.close(code, reason);
        assert.deepEqual(await Promise.all([sides.client.closed, sides.upstream.closed]), [
          { code, reason },
          { code, reason },
        ]);
      }
    });
  }

  test("A close without a code is carried over as one", async (t) => {
    const { client, upstream } = await between(t);
    upstream.ws.close();
    assert.deepEqual(await client.closed, { code: 1005, reason: "" });
  });

  test("A close comes behind the messages before it, compressed or not", async (t) => {
    for (const deflate of [false, true]) {
      const { client, upstream } = await between(t, deflate);
      for (let i = 0; i < 50; i++) upstream.send("x".repeat(2000));
      upstream.ws.close(1000, "done");
      await client.closed;
      assert.equal(client.left.length, 50);
    }
  });

  test("A client that vanishes takes its upstream with it", async (t) => {
    for (const leave of ["terminate", "reset"] as const) {
      const { client, upstream } = await between(t);
      if (leave === "terminate") client.ws.terminate();
      else (client.ws as unknown as { _socket: { resetAndDestroy(): void } })._socket.resetAndDestroy();
      assert.equal((await upstream.closed).code, 1006);
    }
  });

  test("An upstream that vanishes between turns closes the client with 1011", async (t) => {
    const { client, upstream } = await between(t);
    upstream.ws.terminate();
    assert.deepEqual(await client.closed, { code: 1011, reason: "upstream connection lost" });
  });

  for (const stages of [[], [looker]]) {
    const how = stages.length === 0 ? "untouched" : "seen by a stage";
    test(`A response, ${how}, whose upstream vanishes ends in a failure event behind what was told, then 1011`, async (t) => {
      const { client, upstream } = await between(t, false, { stages });
      client.send(CREATE);
      await upstream.next();
      for (const event of ANSWER_WS.slice(0, 3)) upstream.sendText(event);
      upstream.ws.terminate();
      const events = await client.response();
      assert.deepEqual(
        [events.map(({ type }) => type), await client.closed],
        [
          ["response.created", "response.output_item.added", "response.output_text.delta", "response.failed"],
          { code: 1011, reason: "upstream connection lost" },
        ],
      );
    });

    test(`A response, ${how}, whose upstream closes is told and then the close`, async (t) => {
      const { client, upstream } = await between(t, false, { stages });
      client.send(CREATE);
      await upstream.next();
      for (const event of ANSWER_WS.slice(0, 3)) upstream.sendText(event);
      upstream.ws.close(1012, "restart");
      assert.deepEqual(
        [(await client.json()).type, (await client.json()).type, (await client.json()).type, await client.closed],
        [
          "response.created",
          "response.output_item.added",
          "response.output_text.delta",
          { code: 1012, reason: "restart" },
        ],
      );
    });

    test(`A client's frames, ${how}, pass at once while a response is under way`, async (t) => {
      const { client, upstream } = await between(t, false, { stages });
      client.send(CREATE);
      await upstream.next();
      upstream.sendText(ANSWER_WS[0] as Buffer);
      await client.next();
      client.send({ type: "response.interrupt", response_id: "resp_1", mode: "discard_partial_items" });
      assert.deepEqual(await upstream.json(), {
        type: "response.interrupt",
        response_id: "resp_1",
        mode: "discard_partial_items",
      });
      client.send({ type: "never.heard.of" });
      assert.deepEqual(await upstream.json(), { type: "never.heard.of" });
      upstream.send({ type: "response.incomplete", response: { id: "resp_1" } });
      assert.equal((await client.json()).type, "response.incomplete");
    });
  }

  for (const [what, status, body] of [
    ["a 404", 404, '{"detail":"no"}'],
    ["a 401", 401, "{}"],
    ["a 200", 200, "fine"],
    ["a 503", 503, ""],
  ] as const) {
    test(`An upgrade that upstream answers with ${what} is refused in its words`, async (t) => {
      const far = await ear(t);
      const proxy = await startProxy(t, { upstream: far.url });
      const client = await connect(t, proxy.port);
      client.send(
        "GET /responses HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      );
      const line = await far.line();
      await line.through("\r\n\r\n");
      line.send(`HTTP/1.1 ${status} Whatever\r\nX-A: 1\r\nx-a: 2\r\nTransfer-Encoding: chunked\r\n\r\n`);
      line.send(body === "" ? "0\r\n\r\n" : `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
      const down = await readMessage(client);
      assert.deepEqual(
        { ...down, body: `${down.body}` },
        {
          start: `HTTP/1.1 ${status} Whatever`,
          headers: ["X-A", "1", "x-a", "2", "content-length", `${body.length}`, "connection", "close"],
          body,
          trailers: [],
        },
      );
    });
  }

  test("An upgrade whose upstream cannot be reached is told why", async (t) => {
    const far = await ear(t);
    const proxy = await startProxy(t, { upstream: "http://127.0.0.1:1" });
    const client = await connect(t, proxy.port);
    client.send("GET /responses HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    const down = await readMessage(client);
    const { error } = JSON.parse(`${down.body}`) as { error: { code: string; message: string } };
    assert.deepEqual(
      [down.start, error.code, far.lines.length],
      ["HTTP/1.1 502 Bad Gateway", "upstream_unreachable", 0],
    );
    assert.match(error.message, /the connection was refused/);
  });

  test("An upstream that agrees to a compression nobody offered is let go, and the client goes over to HTTP", async (t) => {
    const far = await ear(t);
    const proxy = await startProxy(t, { upstream: far.url });
    const client = await connect(t, proxy.port);
    client.send(UPGRADE);
    const line = await far.line();
    await switched(line, "Sec-WebSocket-Extensions: permessage-deflate; foo=bar\r\n");
    const down = await readMessage(client);
    await line.gone;
    const { error } = JSON.parse(`${down.body}`) as { error: { code: string } };
    assert.deepEqual([down.start, error.code], ["HTTP/1.1 426 Upgrade Required", "upstream_protocol"]);
  });

  test("A client that leaves while upstream is still thinking about the upgrade takes its connection along", async (t) => {
    const far = await ear(t);
    const proxy = await startProxy(t, { upstream: far.url });
    const client = await connect(t, proxy.port);
    client.send("GET /responses HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    const line = await far.line();
    await line.through("\r\n\r\n");
    client.end();
    await line.gone;
    assert.equal((await proxy.logged(({ msg }) => msg === "request")).close, "client gone");
  });

  test("Where the transport has no WebSocket the upgrade is answered with 426", async (t) => {
    const proxy = await startProxy(t, { upstream: "http://127.0.0.1:1", settings: { transport: "chrome" } });
    const client = await connect(t, proxy.port);
    client.send("GET /responses HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    const down = await readMessage(client);
    assert.deepEqual([down.start, field(down.headers, "content-length")], ["HTTP/1.1 426 Upgrade Required", "0"]);
  });

  test("A client that asks anew before an answer has ended is counted as having done with it", async (t) => {
    const far = await hall(t);
    const proxy = await startProxy(t, { upstream: far.url });
    const client = await dial(t, proxy.port);
    const upstream = await far.talk();
    for (const text of ["1", "2"]) {
      client.send(CREATE);
      await upstream.next();
      upstream.send(`{"type": "response.output_text.delta","delta":"${text}"}`);
      await client.next();
    }
    upstream.send('{ "type": "response.completed" }');
    await client.next();
    client.send(CREATE);
    await upstream.next();
    client.ws.close();
    await proxy.logged(({ msg }) => msg === "websocket closed");
    assert.deepEqual(
      proxy.log.lines.filter(({ wire }) => wire === "ws").map(({ close }) => close),
      ["done", "done", "client gone"],
    );
  });

  test("Garbage in place of a frame closes its sender with 1002 and the other side with 1011", async (t) => {
    for (const who of ["client", "upstream"] as const) {
      const sides = await between(t);
      const socket = (sides[who].ws as unknown as { _socket: { write(bytes: Buffer): void } })._socket;
      socket.write(Buffer.from("fff0ffffffff", "hex"));
      const other = who === "client" ? "upstream" : "client";
      assert.deepEqual([(await sides[who].closed).code, (await sides[other].closed).code], [1002, 1011]);
    }
  });
});
