/** The end of the proxy: what runs may end, what idles is closed, what is late is cut. */
import assert from "node:assert/strict";
import test, { suite } from "node:test";
import type { Stage } from "../../src/turn.ts";
import { ANSWER_WS } from "./events.ts";
import { startProxy } from "./harness.ts";
import { connect, ear } from "./line.ts";
import { readMessage } from "./message.ts";
import { dial, hall } from "./talk.ts";

const looker: Stage = { name: "looker", needs: () => "events", frames: (_turn, source) => source };
const LONG = { limits: { stopMs: 60_000 } };

suite("Stop", { timeout: 20_000 }, () => {
  test("A stream under way is let to its end, and the stop is over with it", async (t) => {
    const upstream = await ear(t);
    const proxy = await startProxy(t, { upstream: upstream.url, settings: LONG });
    const client = await connect(t, proxy.port);
    client.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const line = await upstream.line();
    await line.through("\r\n\r\n");
    line.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n");
    await client.through("a\r\n");
    const stopped = proxy.stop();
    await assert.rejects(connect(t, proxy.port), { code: "ECONNREFUSED" });
    line.send("1\r\nb\r\n0\r\n\r\n");
    assert.equal(await client.through("0\r\n\r\n"), "1\r\nb\r\n0\r\n\r\n");
    await stopped;
    await client.gone;
  });

  for (const stages of [[], [looker]]) {
    test(`A WebSocket that idles is closed with 1001, one with a turn (${stages.length} stages) when that has ended`, async (t) => {
      const far = await hall(t);
      const proxy = await startProxy(t, { upstream: far.url, settings: LONG, stages });
      const idle = await dial(t, proxy.port);
      await far.talk();
      const busy = await dial(t, proxy.port);
      const upstream = await far.talk();
      busy.send({ type: "response.create", input: [] });
      await upstream.next();
      upstream.sendText(ANSWER_WS[0] as Buffer);
      await busy.next();
      const stopped = proxy.stop();
      assert.deepEqual(await idle.closed, { code: 1001, reason: "codex-plus is stopping" });
      for (const event of ANSWER_WS.slice(1)) upstream.sendText(event);
      const events = await busy.response();
      assert.deepEqual(
        [events.length, await busy.closed],
        [ANSWER_WS.length - 1, { code: 1001, reason: "codex-plus is stopping" }],
      );
      await stopped;
    });
  }

  test("What has not ended in its time is cut: streams, sockets, upgrades nobody answered", async (t) => {
    const far = await hall(t);
    const proxy = await startProxy(t, { upstream: far.url, settings: { limits: { stopMs: 50 } } });
    const busy = await dial(t, proxy.port);
    busy.send({ type: "response.create", input: [] });
    await (await far.talk()).next();
    const silent = await ear(t);
    const other = await startProxy(t, { upstream: silent.url, settings: { limits: { stopMs: 50 } } });
    const upgrading = await connect(t, other.port);
    upgrading.send("GET /responses HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    await (await silent.line()).through("\r\n\r\n");
    const asking = await connect(t, other.port);
    asking.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await (await silent.line()).through("\r\n\r\n");
    await Promise.all([proxy.stop(), other.stop()]);
    assert.deepEqual(await busy.closed, { code: 1001, reason: "codex-plus has stopped" });
    await Promise.all([upgrading.gone, asking.gone, ...silent.lines.map(({ gone }) => gone)]);
  });

  test("Connections that have asked for nothing, or not finished asking, do not hold the stop up", async (t) => {
    const upstream = await ear(t);
    const proxy = await startProxy(t, { upstream: upstream.url, settings: LONG });
    const silent = await connect(t, proxy.port);
    const half = await connect(t, proxy.port);
    half.send("GET /x HTTP/1.1\r\nHos");
    const again = await connect(t, proxy.port);
    again.send("GET /_plus/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await readMessage(again);
    again.send("GET /x HTTP/1.1\r\nHos");
    const last = await connect(t, proxy.port);
    last.send("GET /_plus/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await readMessage(last);
    await proxy.stop();
    await Promise.all([silent.gone, half.gone, again.gone, last.gone]);
  });

  test("A connection that is kept alive does not hold the stop up", async (t) => {
    const upstream = await ear(t);
    const proxy = await startProxy(t, { upstream: upstream.url, settings: LONG });
    const client = await connect(t, proxy.port);
    client.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const line = await upstream.line();
    await line.through("\r\n\r\n");
    line.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    await readMessage(client);
    await proxy.stop();
    await Promise.all([client.gone, line.gone]);
  });
});
