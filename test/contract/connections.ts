/** Which connection carries a request, and when a request is sent again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallOptions } from "./call.ts";
import { type Bench, noise, type Suite } from "./suite.ts";
import type { Peer } from "./upstream.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
const ANSWER = { status: 200, body: "hi", trailers: [], error: undefined };

/** One request and answer, so that a connection waits for the next. */
async function warmed({ call, upstream }: Bench): Promise<Peer> {
  const first = call();
  const peer = await upstream.peer();
  await peer.head();
  peer.send(OK);
  assert.deepEqual(await first.over, ANSWER);
  return peer;
}

export function connectionCases(suite: Suite): void {
  test("uses a connection again", async (t) => {
    const bench = await suite.bench(t);
    const peer = await warmed(bench);
    for (let i = 0; i < 3; i++) {
      const next = bench.call({ path: `/${i}` });
      assert.match(await peer.head(), new RegExp(`^GET /${i} `));
      peer.send(OK);
      assert.deepEqual(await next.over, ANSWER);
    }
    assert.equal(bench.upstream.accepted, 1);
  });

  test("uses it again for a request made from within the end of the last", async (t) => {
    const bench = await suite.bench(t);
    const first = bench.call();
    const second = first.over.then(() => bench.call());
    const peer = await bench.upstream.peer();
    await peer.head();
    peer.send(OK);
    await second;
    await peer.head();
    peer.send(OK);
    assert.deepEqual(await (await second).over, ANSWER);
    assert.equal(bench.upstream.accepted, 1);
  });

  test("uses it again though the last response was paused at its end", async (t) => {
    const bench = await suite.bench(t);
    const paused = bench.call({ take: () => false });
    const peer = await bench.upstream.peer();
    await peer.head();
    peer.send(OK);
    await paused.over;
    const next = bench.call();
    await peer.head();
    peer.send(OK);
    assert.deepEqual(await next.over, ANSWER);
  });

  test("an exchange that is over cannot harm the connection it had", async (t) => {
    const bench = await suite.bench(t);
    const first = bench.call();
    const peer = await bench.upstream.peer();
    await peer.head();
    peer.send(OK);
    await first.over;
    const next = bench.call();
    first.exchange.pause();
    first.exchange.abort();
    first.exchange.write(Buffer.from("x"));
    first.exchange.end();
    await peer.head();
    peer.send(OK);
    assert.deepEqual(await next.over, ANSWER);
  });

  test("gives each of several requests at once its own connection", async (t) => {
    const bench = await suite.bench(t);
    const calls = [bench.call(), bench.call(), bench.call()];
    for (const _ of calls) {
      const peer = await bench.upstream.peer();
      await peer.head();
      peer.send(OK);
    }
    assert.deepEqual(await Promise.all(calls.map((call) => call.over)), [ANSWER, ANSWER, ANSWER]);
    assert.equal(bench.upstream.accepted, 3);
  });

  const last: [string, string][] = [
    ["says connection: close", "HTTP/1.1 200 OK\r\nConnection: Close\r\ncontent-length: 2\r\n\r\nhi"],
    ["is HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi"],
    ["has bytes behind it", `${OK}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil`],
  ];
  for (const [what, text] of last) {
    test(`does not use a connection again when the response ${what}`, async (t) => {
      const bench = await suite.bench(t);
      const first = bench.call();
      const peer = await bench.upstream.peer();
      await peer.head();
      peer.send(text);
      assert.deepEqual(await first.over, ANSWER);
      await peer.gone;
      await warmed(bench);
      assert.equal(bench.upstream.accepted, 2);
    });
  }

  test("drops a waiting connection that says something", async (t) => {
    const bench = await suite.bench(t);
    const peer = await warmed(bench);
    peer.send("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n");
    await peer.gone;
    await warmed(bench);
    assert.equal(bench.upstream.accepted, 2);
  });

  const replayable: [string, CallOptions & { stream?: string }][] = [
    ["without a body", {}],
    ["with a whole body", { method: "POST", body: noise(3_000_000) }],
    ["with a short stream", { method: "POST", body: "stream", stream: "hello" }],
  ];
  for (const [what, { stream, ...options }] of replayable) {
    test(`sends a request ${what} again when the connection had gone stale`, async (t) => {
      const bench = await suite.bench(t);
      const peer = await warmed(bench);
      const asked = bench.call(options);
      if (stream !== undefined) asked.exchange.write(Buffer.from(stream));
      const sent = await peer.head();
      peer.socket.destroy();
      const fresh = await bench.upstream.peer();
      assert.equal(await fresh.head(), sent);
      if (options.body instanceof Buffer) {
        assert.equal(await fresh.bytes(options.body.length), options.body.toString("latin1"));
      } else if (stream !== undefined) {
        asked.exchange.write(Buffer.from(" again"));
        asked.exchange.end();
        assert.equal(await fresh.through("0\r\n\r\n"), "5\r\nhello\r\n6\r\n again\r\n0\r\n\r\n");
      }
      fresh.send(OK);
      assert.deepEqual(await asked.over, ANSWER);
    });
  }

  test("sends a request again only once", async (t) => {
    const bench = await suite.bench(t);
    const stale = await warmed(bench);
    const asked = bench.call();
    await stale.head();
    stale.socket.destroy();
    const fresh = await bench.upstream.peer();
    await fresh.head();
    fresh.socket.destroy();
    assert.deepEqual({ ...(await asked.over), endings: asked.endings }, { ...cut(), endings: 1 });
    assert.equal(bench.upstream.accepted, 2);
  });

  test("does not send a request again on a connection that was fresh", async (t) => {
    const bench = await suite.bench(t);
    const asked = bench.call();
    const peer = await bench.upstream.peer();
    await peer.head();
    peer.socket.destroy();
    assert.deepEqual(await asked.over, cut());
    assert.equal(bench.upstream.accepted, 1);
  });

  test("does not send a request again when a response had begun", async (t) => {
    const bench = await suite.bench(t);
    const peer = await warmed(bench);
    const asked = bench.call();
    await peer.head();
    peer.socket.end("HTTP/1.1 2");
    assert.deepEqual(await asked.over, cut());
    assert.equal(bench.upstream.accepted, 1);
  });

  test("does not send a stream again that is too long to have been kept", async (t) => {
    const bench = await suite.bench(t);
    const peer = await warmed(bench);
    const asked = bench.call({ method: "POST", headers: ["content-length", "3000000"], body: "stream" });
    await asked.send(noise(2_000_000));
    await peer.head();
    await peer.bytes(2_000_000);
    peer.socket.destroy();
    assert.deepEqual(await asked.over, cut());
  });

  test("delivers a response that comes before the request is complete, and then leaves the connection", async (t) => {
    const bench = await suite.bench(t);
    const asked = bench.call({ method: "POST", headers: ["content-length", "1000"], body: "stream" });
    asked.exchange.write(Buffer.from("abc"));
    const peer = await bench.upstream.peer();
    await peer.head();
    peer.send("HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno");
    assert.deepEqual(await asked.over, { status: 413, body: "no", trailers: [], error: undefined });
    assert.equal(asked.exchange.write(Buffer.alloc(997)), true);
    asked.exchange.end();
    await peer.gone;
    await warmed(bench);
    assert.deepEqual({ accepted: bench.upstream.accepted, endings: asked.endings }, { accepted: 2, endings: 1 });
  });

  test("delivers an early response though the upstream reads no more of a large body", async (t) => {
    const bench = await suite.bench(t);
    const asked = bench.call({ method: "POST", body: noise(32 * 1024 * 1024) });
    const peer = await bench.upstream.peer();
    await peer.head();
    peer.socket.pause();
    peer.send("HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno");
    assert.deepEqual(await asked.over, { status: 401, body: "no", trailers: [], error: undefined });
    peer.socket.resume();
    await peer.gone;
  });

  test("goes on sending the body after the response has begun", async (t) => {
    const bench = await suite.bench(t);
    const asked = bench.call({ method: "POST", body: "stream" });
    const peer = await bench.upstream.peer();
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    await asked.begun;
    asked.exchange.write(Buffer.from("up"));
    assert.equal(await peer.through("up\r\n"), "2\r\nup\r\n");
    peer.send("4\r\ndown\r\n0\r\n\r\n");
    asked.exchange.end();
    assert.deepEqual(await asked.over, { status: 200, body: "down", trailers: [], error: undefined });
  });

  test("closes waiting connections when it is closed", async (t) => {
    const bench = await suite.bench(t);
    const peer = await warmed(bench);
    bench.transport.close();
    await peer.gone;
  });

  test("aborts while it is still connecting", async (t) => {
    const bench = await suite.bench(t);
    const asked = bench.call();
    asked.exchange.abort();
    await warmed(bench);
    assert.equal(asked.endings, 0);
  });
}

function cut() {
  return { status: undefined, body: "", trailers: [], error: "CP_UPSTREAM_CUT" };
}
