/** WebSocket upgrades: switched, refused, given up. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { Upgrade } from "../../src/contracts.ts";
import type { Bench, Suite } from "./suite.ts";

const FIELDS = [
  "Connection",
  "Upgrade",
  "Upgrade",
  "websocket",
  "Sec-WebSocket-Version",
  "13",
  "sec-websocket-key",
  "AA==",
];

function upgrade(
  { transport, origin }: Omit<Bench, "upstream">,
  signal = new AbortController().signal,
): Promise<Upgrade> {
  return transport.upgrade(
    { to: { origin, path: "/ws" }, method: "GET", headers: ["Host", origin.host, ...FIELDS] },
    signal,
  );
}

export function noUpgradeCases(suite: Suite): void {
  test("says that it cannot carry WebSockets", async (t) => {
    const bench = await suite.served(t, (_, outgoing) => outgoing.end());
    await assert.rejects(upgrade(bench), { code: "CP_TRANSPORT_UNAVAILABLE" });
  });
}

export function upgradeCases(suite: Suite): void {
  test("hands over a switched socket, quiet and with the bytes that came behind the 101", async (t) => {
    const bench = await suite.bench(t);
    const asked = upgrade(bench);
    const peer = await bench.upstream.peer();
    assert.equal(
      await peer.head(),
      `GET /ws HTTP/1.1\r\nHost: ${bench.origin.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nsec-websocket-key: AA==\r\n\r\n`,
    );
    peer.send("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 101 Switched\r\nUpgrade: websocket\r\nX-A: 1\r\n\r\n\x81\x01a");
    const answer = await asked;
    assert.ok(answer.switched);
    const { socket, ...rest } = answer;
    assert.deepEqual(rest, {
      switched: true,
      headers: ["Upgrade", "websocket", "X-A", "1"],
      reason: "Switched",
      rest: Buffer.from("\x81\x01a", "latin1"),
    });
    assert.deepEqual(
      { paused: socket.isPaused(), listeners: socket.listenerCount("data") },
      { paused: true, listeners: 0 },
    );
    peer.send("down");
    socket.resume();
    assert.equal(String((await once(socket, "data"))[0]), "down");
    socket.write("up");
    assert.equal(await peer.bytes(2), "up");
    socket.end();
    await peer.gone;
  });

  const refusals: [string, string, boolean, string][] = [
    ["with a length", "HTTP/1.1 401 Unauthorized\r\nX-A: 1\r\ncontent-length: 2\r\n\r\nno", false, "no"],
    ["in chunks", "HTTP/1.1 429 Slow\r\ntransfer-encoding: chunked\r\n\r\n1\r\nn\r\n1\r\no\r\n0\r\n\r\n", false, "no"],
    ["to the end of the connection", "HTTP/1.1 503 Busy\r\n\r\nno", true, "no"],
    ["without a body", "HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n", false, ""],
  ];
  for (const [how, text, ends, body] of refusals) {
    test(`hands on a refusal ${how}, with its whole body`, async (t) => {
      const bench = await suite.bench(t);
      const asked = upgrade(bench);
      const peer = await bench.upstream.peer();
      await peer.head();
      peer.send(text);
      if (ends) peer.socket.end();
      const answer = await asked;
      assert.ok(!answer.switched);
      const { status, reason } = answer;
      assert.deepEqual([`HTTP/1.1 ${status} ${reason}`, `${answer.body}`], [text.slice(0, text.indexOf("\r\n")), body]);
      await peer.gone;
    });
  }

  test("cuts a refusal that does not end", async (t) => {
    const bench = await suite.bench(t);
    const asked = upgrade(bench);
    const peer = await bench.upstream.peer();
    await peer.head();
    peer.send(`HTTP/1.1 500 Oops\r\n\r\n${"x".repeat(3 * 1024 * 1024)}`);
    const answer = await asked;
    assert.ok(!answer.switched);
    assert.equal(answer.body.length, 1024 * 1024);
    await peer.gone;
  });

  test("cuts a refusal that takes too long", async (t) => {
    const bench = await suite.bench(t);
    const asked = upgrade(bench);
    const peer = await bench.upstream.peer();
    await peer.head();
    t.mock.timers.enable({ apis: ["setTimeout"] });
    peer.send("HTTP/1.1 500 Oops\r\n\r\nslow");
    let answer: Upgrade | undefined;
    asked.then(
      (given) => (answer = given),
      () => undefined,
    );
    while (answer === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      t.mock.timers.tick(1000);
    }
    assert.ok(!answer.switched);
    assert.deepEqual([answer.status, `${answer.body}`], [500, "slow"]);
    t.mock.timers.reset();
    await peer.gone;
  });

  const failures: [string, string, string][] = [
    ["the connection ends before an answer", "", "CP_UPSTREAM_CUT"],
    ["the answer is cut", "HTTP/1.1 101 Switching", "CP_UPSTREAM_CUT"],
    ["the refusal is cut", "HTTP/1.1 401 Unauthorized\r\ncontent-length: 5\r\n\r\nno", "CP_UPSTREAM_CUT"],
    ["the answer is not HTTP", "SSH-2.0-OpenSSH\r\n", "CP_UPSTREAM_PROTOCOL"],
  ];
  for (const [what, text, code] of failures) {
    test(`rejects when ${what}`, async (t) => {
      const bench = await suite.bench(t);
      const asked = upgrade(bench);
      const peer = await bench.upstream.peer();
      await peer.head();
      peer.socket.end(text);
      await assert.rejects(asked, { code });
    });
  }

  test("closes the connection when the signal aborts before the answer", async (t) => {
    const bench = await suite.bench(t);
    const abort = new AbortController();
    const asked = upgrade(bench, abort.signal);
    const peer = await bench.upstream.peer();
    await peer.head();
    abort.abort();
    await assert.rejects(asked);
    await peer.gone;
  });

  test("leaves a switched socket alone when the signal aborts later", async (t) => {
    const bench = await suite.bench(t);
    const abort = new AbortController();
    const asked = upgrade(bench, abort.signal);
    const peer = await bench.upstream.peer();
    await peer.head();
    peer.send("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    const answer = await asked;
    assert.ok(answer.switched);
    abort.abort();
    answer.socket.write("up");
    assert.equal(await peer.bytes(2), "up");
    answer.socket.destroy();
  });

  test("does not begin when the signal has aborted already", async (t) => {
    const bench = await suite.bench(t);
    await assert.rejects(upgrade(bench, AbortSignal.abort()));
  });

  test("never shares its connection with requests", async (t) => {
    const bench = await suite.bench(t);
    const asked = upgrade(bench);
    const peer = await bench.upstream.peer();
    await peer.head();
    peer.send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    await asked;
    const next = bench.call();
    const other = await bench.upstream.peer();
    await other.head();
    other.send("HTTP/1.1 204 No Content\r\n\r\n");
    assert.equal((await next.over).status, 204);
  });

  test("does not send a field that could be read in two ways", async (t) => {
    const { transport, origin, upstream } = await suite.bench(t);
    const request = { to: { origin, path: "/ws" }, method: "GET", headers: ["a", "b\r\nc: d"] };
    await assert.rejects(transport.upgrade(request, new AbortController().signal), { code: "CP_REQUEST_INVALID" });
    assert.equal(upstream.accepted, 0);
  });

  test("refuses once it is closed", async (t) => {
    const bench = await suite.bench(t);
    bench.transport.close();
    await assert.rejects(upgrade(bench), { code: "CP_STOPPING" });
  });
}
