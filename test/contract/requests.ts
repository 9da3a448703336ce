/** Requests as they stand on the wire. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Suite } from "./suite.ts";

const DONE = "HTTP/1.1 204 No Content\r\n\r\n";

export function requestCases(suite: Suite): void {
  test("writes the request line and the fields as given: order, case and repeats", async (t) => {
    const { upstream, origin, call } = await suite.bench(t);
    const headers = ["X-B", "1", "accept", "*/*", "x-b", "2", "X-B", "3", "X-Latin", "caf\xe9", "x-empty", ""];
    const asked = call({ method: "QUERY", path: "/a?b=c&d", headers });
    const peer = await upstream.peer();
    assert.equal(
      await peer.head(),
      `QUERY /a?b=c&d HTTP/1.1\r\nHost: ${origin.host}\r\nX-B: 1\r\naccept: */*\r\nx-b: 2\r\nX-B: 3\r\nX-Latin: caf\xe9\r\nx-empty: \r\n\r\n`,
    );
    peer.send(DONE);
    await asked.over;
  });

  test("adds the length of a whole body where it is missing, last", async (t) => {
    const { upstream, origin, call } = await suite.bench(t);
    const asked = call({ method: "POST", headers: ["a", "b"], body: Buffer.from("hello") });
    const peer = await upstream.peer();
    assert.equal(await peer.head(), `POST / HTTP/1.1\r\nHost: ${origin.host}\r\na: b\r\ncontent-length: 5\r\n\r\n`);
    assert.equal(await peer.bytes(5), "hello");
    peer.send(DONE);
    await asked.over;
  });

  test("leaves the length alone where it is given", async (t) => {
    const { upstream, origin, call } = await suite.bench(t);
    const asked = call({ method: "POST", headers: ["Content-Length", "5", "a", "b"], body: Buffer.from("hello") });
    const peer = await upstream.peer();
    assert.equal(await peer.head(), `POST / HTTP/1.1\r\nHost: ${origin.host}\r\nContent-Length: 5\r\na: b\r\n\r\n`);
    assert.equal(await peer.bytes(5), "hello");
    peer.send(DONE);
    await asked.over;
  });

  test("sends a stream of known length as it is", async (t) => {
    const { upstream, call } = await suite.bench(t);
    const asked = call({ method: "POST", headers: ["content-length", "10"], body: "stream" });
    asked.exchange.write(Buffer.from("hello"));
    const peer = await upstream.peer();
    await peer.head();
    assert.equal(await peer.bytes(5), "hello");
    asked.exchange.write(Buffer.from("world"));
    asked.exchange.end();
    assert.equal(await peer.bytes(5), "world");
    peer.send(DONE);
    assert.equal((await asked.over).status, 204);
  });

  test("sends a stream of unknown length in chunks, with the trailers", async (t) => {
    const { upstream, origin, call } = await suite.bench(t);
    const asked = call({ method: "POST", headers: ["a", "b"], body: "stream" });
    asked.exchange.write(Buffer.from("hello"));
    asked.exchange.write(Buffer.alloc(0));
    const peer = await upstream.peer();
    assert.equal(
      await peer.head(),
      `POST / HTTP/1.1\r\nHost: ${origin.host}\r\na: b\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    assert.equal(await peer.through("hello\r\n"), "5\r\nhello\r\n");
    asked.exchange.write(Buffer.from("0123456789abcdef"));
    asked.exchange.end(["X-Sum", "1", "x-sum", "2"]);
    assert.equal(await peer.through("\r\n\r\n"), "10\r\n0123456789abcdef\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n");
    peer.send(DONE);
    assert.equal((await asked.over).status, 204);
  });

  test("keeps transfer-encoding where the client had it", async (t) => {
    const { upstream, origin, call } = await suite.bench(t);
    const asked = call({
      method: "POST",
      headers: ["Transfer-Encoding", "chunked", "a", "b"],
      body: Buffer.from("hi"),
    });
    const peer = await upstream.peer();
    assert.equal(
      await peer.head(),
      `POST / HTTP/1.1\r\nHost: ${origin.host}\r\nTransfer-Encoding: chunked\r\na: b\r\n\r\n`,
    );
    assert.equal(await peer.through("0\r\n\r\n"), "2\r\nhi\r\n0\r\n\r\n");
    peer.send(DONE);
    await asked.over;
  });

  test("sends the head of a stream at once, so that the upstream can ask for the body", async (t) => {
    const { upstream, call } = await suite.bench(t);
    const asked = call({ method: "POST", headers: ["expect", "100-continue", "content-length", "2"], body: "stream" });
    const peer = await upstream.peer();
    await peer.head();
    peer.send("HTTP/1.1 100 Continue\r\nx: y\r\n\r\n");
    asked.exchange.write(Buffer.from("hi"));
    asked.exchange.end();
    assert.equal(await peer.bytes(2), "hi");
    peer.send(DONE);
    await asked.over;
    assert.deepEqual(asked.informationals, [{ status: 100, reason: "Continue", headers: ["x", "y"] }]);
  });

  const unsendable: [string, { method?: string; path?: string; headers?: string[]; body?: Buffer }][] = [
    ["a line break in a value", { headers: ["a", "b\r\nc: d"] }],
    ["a line feed in a value", { headers: ["a", "b\nc: d"] }],
    ["a zero byte in a value", { headers: ["a", "b\0"] }],
    ["a character that latin1 would turn into a line break", { headers: ["a", "b\u010dc\u010a"] }],
    ["a line break in a name", { headers: ["a\r\nb", "c"] }],
    ["a space in a name", { headers: ["a ", "c"] }],
    ["an empty name", { headers: ["", "c"] }],
    ["a space in the path", { path: "/a b" }],
    ["a line break in the path", { path: "/a\r\nb: c" }],
    ["an empty path", { path: "" }],
    ["a space in the method", { method: "GET /x" }],
    ["two lengths", { headers: ["content-length", "2", "Content-Length", "2"], body: Buffer.from("hi") }],
    [
      "a length and chunks",
      { headers: ["content-length", "2", "transfer-encoding", "chunked"], body: Buffer.from("hi") },
    ],
    ["a length that is not the body's", { headers: ["content-length", "3"], body: Buffer.from("hi") }],
    ["a length without a body", { headers: ["content-length", "3"] }],
    ["a length that is no number", { headers: ["content-length", "+2"], body: Buffer.from("hi") }],
    ["a coding other than chunked", { headers: ["transfer-encoding", "gzip"], body: Buffer.from("hi") }],
  ];
  for (const [what, options] of unsendable) {
    test(`does not send ${what}`, async (t) => {
      const { upstream, call } = await suite.bench(t);
      assert.equal((await call(options).over).error, "CP_REQUEST_INVALID");
      assert.equal(upstream.accepted, 0);
    });
  }

  test("fails a stream longer than its length, rather than begin the next request with the rest", async (t) => {
    const { upstream, call } = await suite.bench(t);
    const asked = call({ method: "POST", headers: ["content-length", "2"], body: "stream" });
    const peer = await upstream.peer();
    await peer.head();
    asked.exchange.write(Buffer.from("abc"));
    assert.equal((await asked.over).error, "CP_REQUEST_INVALID");
    await peer.gone;
  });

  test("fails a stream shorter than its length", async (t) => {
    const { upstream, call } = await suite.bench(t);
    const asked = call({ method: "POST", headers: ["content-length", "2"], body: "stream" });
    asked.exchange.write(Buffer.from("a"));
    const peer = await upstream.peer();
    await peer.head();
    asked.exchange.end();
    assert.equal((await asked.over).error, "CP_REQUEST_INVALID");
    await peer.gone;
  });

  test("says nothing after an abort, even of a request that could not be sent", async (t) => {
    const { call } = await suite.bench(t);
    const refused = call({ headers: ["a", "b\n"] });
    refused.exchange.abort();
    const witness = call({ headers: ["a", "b\n"] });
    await witness.over;
    assert.equal(refused.endings, 0);
  });
}
