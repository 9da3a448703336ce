/** What only HTTP/1.1 over a connector has: the pool's limits, and the moments while a connection is being made. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { Connector } from "../../src/transport/connector.ts";
import { createHttp1Transport, type Http1Options } from "../../src/transport/http1/index.ts";
import { Call, type CallOptions } from "../contract/call.ts";
import { noise } from "../contract/suite.ts";
import { type Peer, Upstream } from "../contract/upstream.ts";
import { Gate } from "./gate.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

async function setUp(t: TestContext, options: Partial<Http1Options> = {}) {
  const upstream = await Upstream.start();
  const gate = new Gate();
  const transport = createHttp1Transport({ name: "http1", connector: gate, ...options });
  t.after(async () => {
    transport.close();
    await upstream.stop();
  });
  const { origin } = upstream;
  const call = (request?: CallOptions) => new Call(transport, origin, request);
  /** A request answered on a connection that then waits. */
  async function warmed(): Promise<Peer> {
    const first = call();
    const peer = await upstream.peer();
    await peer.head();
    peer.send(OK);
    await first.over;
    return peer;
  }
  return { upstream, gate, transport, call, warmed };
}

test("a stream goes on while its request is sent again, however much it has become", async (t) => {
  const { upstream, gate, call, warmed } = await setUp(t);
  const stale = await warmed();
  gate.shut();
  const body = noise(2_000_000);
  const asked = call({ method: "POST", headers: ["content-length", String(body.length)], body: "stream" });
  asked.exchange.write(body.subarray(0, 10));
  await stale.head();
  stale.socket.destroy();
  const [first] = gate.sockets;
  if (first !== undefined && !first.closed) await once(first, "close");
  const sent = asked.send(body.subarray(10));
  gate.open();
  const fresh = await upstream.peer();
  await fresh.head();
  assert.equal(await fresh.bytes(body.length), body.toString("latin1"));
  await sent;
  asked.exchange.end();
  fresh.send(OK);
  assert.equal((await asked.over).status, 200);
});

test("a stream is asked to wait while there is no connection", async (t) => {
  const { upstream, gate, call } = await setUp(t);
  gate.shut();
  const asked = call({ method: "POST", body: "stream" });
  assert.equal(asked.exchange.write(noise(1000)), true);
  const waited = asked.send(noise(100_000));
  assert.equal(asked.exchange.write(noise(1000)), false);
  gate.open();
  await waited;
  asked.exchange.abort();
  await (await upstream.peer()).gone;
});

test("a connection that comes after the abort is closed", async (t) => {
  const { upstream, gate, call } = await setUp(t);
  gate.shut();
  const asked = call();
  asked.exchange.abort();
  gate.open();
  await (await upstream.peer()).gone;
  assert.equal(asked.endings, 0);
});

test("a connection for an upgrade that comes after the abort is closed", async (t) => {
  const { upstream, gate, transport } = await setUp(t);
  gate.shut();
  const abort = new AbortController();
  const asked = transport.upgrade(
    { to: { origin: upstream.origin, path: "/" }, method: "GET", headers: [] },
    abort.signal,
  );
  abort.abort();
  gate.open();
  await assert.rejects(asked, { code: "CP_UPSTREAM_CUT" });
  await (await upstream.peer()).gone;
});

test("a connection that was closed before it came fails the exchange", async (t) => {
  const { upstream, gate } = await setUp(t);
  const connector: Connector = {
    async connect(origin, purpose) {
      const socket = await gate.connect(origin, purpose);
      await once(socket.destroy(), "close");
      return socket;
    },
  };
  const transport = createHttp1Transport({ name: "http1", connector });
  assert.equal((await new Call(transport, upstream.origin).over).error, "CP_UPSTREAM_CUT");
  const request = { to: { origin: upstream.origin, path: "/" }, method: "GET", headers: [] };
  await assert.rejects(transport.upgrade(request, new AbortController().signal), { code: "CP_UPSTREAM_CUT" });
});

test("an abort silences an error that was about to be told", async (t) => {
  const { call } = await setUp(t);
  const [silenced, witness] = [0, 1].map(() => {
    const asked = call({ method: "POST", headers: ["content-length", "1"], body: "stream" });
    asked.exchange.write(Buffer.from("too much"));
    return asked;
  });
  silenced?.exchange.abort();
  assert.equal((await witness?.over)?.error, "CP_REQUEST_INVALID");
  assert.equal(silenced?.endings, 0);
});

test("a connection has its idle time for itself after each use, and no longer", async (t) => {
  const { upstream, call, warmed } = await setUp(t, { idleMs: 60_000 });
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const peer = await warmed();
  t.mock.timers.tick(59_999);
  const long = call();
  await peer.head();
  t.mock.timers.tick(600_000);
  peer.send(OK);
  assert.equal((await long.over).body, "hi");
  t.mock.timers.tick(59_999);
  const last = call();
  await peer.head();
  peer.send(OK);
  await last.over;
  t.mock.timers.tick(60_000);
  await peer.gone;
  assert.equal(upstream.accepted, 1);
});

test("of too many idle connections the one that waited longest is closed", async (t) => {
  const { upstream, call } = await setUp(t, { idleMax: 2 });
  const calls = [call(), call(), call()];
  const peers = [await upstream.peer(), await upstream.peer(), await upstream.peer()];
  for (const peer of peers) {
    const { length } = calls.filter((asked) => asked.endings > 0);
    await peer.head();
    peer.send(OK);
    while (calls.filter((asked) => asked.endings > 0).length === length) {
      await Promise.race(calls.filter((asked) => asked.endings === 0).map((asked) => asked.over));
    }
  }
  await peers[0]?.gone;
  assert.deepEqual(
    peers.map((peer) => peer.socket.readyState === "open"),
    [false, true, true],
  );
});

test("an idle connection does not keep the process alive, and one in use does", async (t) => {
  const { gate, call, warmed } = await setUp(t);
  const peer = await warmed();
  const [socket] = gate.sockets;
  assert.ok(socket);
  const calls: string[] = [];
  t.mock.method(socket, "ref", () => calls.push("ref"));
  t.mock.method(socket, "unref", () => calls.push("unref"));
  const next = call();
  calls.push("in use");
  await peer.head();
  peer.send(OK);
  await next.over;
  assert.deepEqual(calls, ["ref", "in use", "unref"]);
});

test("a connection in use when the transport is closed is closed behind its response", async (t) => {
  const { upstream, transport, call } = await setUp(t);
  const asked = call();
  const peer = await upstream.peer();
  await peer.head();
  transport.close();
  peer.send(OK);
  assert.equal((await asked.over).body, "hi");
  await peer.gone;
});

test("a thousand requests leave no listener, socket or timer behind", async (t) => {
  const { upstream, gate, call, transport } = await setUp(t);
  const counts = () => gate.sockets[0]?.eventNames().map((name) => [name, gate.sockets[0]?.listenerCount(name)]);
  let peer: Peer | undefined;
  let before: unknown;
  for (let i = 0; i < 1000; i++) {
    const asked = call({ method: "POST", body: "stream" });
    asked.exchange.write(Buffer.from("hello"));
    asked.exchange.end();
    peer ??= await upstream.peer();
    await peer.through("0\r\n\r\n");
    peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
    await asked.over;
    before ??= counts();
  }
  assert.deepEqual(counts(), before);
  assert.equal(gate.sockets.length, 1);
  transport.close();
  await peer?.gone;
});
