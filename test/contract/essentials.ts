/** What every transport has to do, whatever protocol it speaks below. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:net";
import { test } from "node:test";
import { Call } from "./call.ts";
import { noise, type Suite } from "./suite.ts";

const MEBIBYTE = 1024 * 1024;
/** More than all socket buffers between two ends can hold. */
const MUCH = 64 * MEBIBYTE;
/** What may be under way between two ends when one does not read: the system's buffers, and some of Node's. */
const IN_FLIGHT = 24 * MEBIBYTE;

const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await incoming.toArray());
}

export function essentialCases(suite: Suite): void {
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    test(`sends ${method} and hands on status and body`, async (t) => {
      const { call } = await suite.served(t, (incoming, outgoing) => {
        outgoing.writeHead(418).end(`${incoming.method} ${incoming.url}`);
      });
      assert.deepEqual(await call({ method, path: "/a/b?c=d&e" }).over, {
        status: 418,
        body: `${method} /a/b?c=d&e`,
        trailers: [],
        error: undefined,
      });
    });
  }

  for (const status of [204, 304]) {
    test(`knows that ${status} has no body`, async (t) => {
      const { call } = await suite.served(t, (_, outgoing) => outgoing.writeHead(status).end());
      assert.deepEqual(await call().over, { status, body: "", trailers: [], error: undefined });
    });
  }

  test("knows that the answer to HEAD has no body", async (t) => {
    const { call } = await suite.served(t, (_, outgoing) => outgoing.writeHead(200, { "content-length": "99" }).end());
    assert.deepEqual(await call({ method: "HEAD" }).over, { status: 200, body: "", trailers: [], error: undefined });
  });

  test("carries a large body up whole, given as one buffer", async (t) => {
    const body = noise(8 * MEBIBYTE);
    const { call } = await suite.served(t, async (incoming, outgoing) => outgoing.end(digest(await bodyOf(incoming))));
    assert.equal((await call({ method: "POST", body }).over).body, digest(body));
  });

  test("carries a large body up whole, given piece by piece", async (t) => {
    const body = noise(8 * MEBIBYTE);
    const { call } = await suite.served(t, async (incoming, outgoing) => outgoing.end(digest(await bodyOf(incoming))));
    const upload = call({ method: "POST", body: "stream" });
    for (let at = 0; at < body.length; at += 70_001) await upload.send(body.subarray(at, at + 70_001));
    upload.exchange.end();
    assert.equal((await upload.over).body, digest(body));
  });

  for (const framed of [false, true]) {
    test(`carries a large body down whole (${framed ? "framed if it can" : "payload"})`, async (t) => {
      const body = noise(8 * MEBIBYTE);
      const { call } = await suite.served(t, async (_, outgoing) => {
        for (let at = 0; at < body.length; at += 70_001) {
          if (!outgoing.write(body.subarray(at, at + 70_001))) await once(outgoing, "drain");
        }
        outgoing.end();
      });
      const download = call({ framed });
      await download.over;
      const received = Buffer.concat(download.pieces);
      assert.equal(digest(download.response?.chunked && framed ? unframe(received) : received), digest(body));
    });
  }

  test("hands on the first bytes before the response has ended", async (t) => {
    const { call } = await suite.served(t, (incoming, outgoing) => {
      outgoing.write("first");
      incoming.on("close", () => outgoing.destroy());
    });
    const streaming = call();
    await streaming.flowing;
    assert.equal(Buffer.concat(streaming.pieces).toString(), "first");
    streaming.exchange.abort();
  });

  test("stops reading when the sink asks for a pause, and loses nothing", async (t) => {
    let written = 0;
    let finished = false;
    const piece = noise(MEBIBYTE);
    const bench = await suite.served(t, async (incoming, outgoing) => {
      if (incoming.url === "/ping") return outgoing.end();
      while (written < MUCH) {
        written += piece.length;
        if (!outgoing.write(piece)) await once(outgoing, "drain");
      }
      finished = true;
      return outgoing.end();
    });
    let received = 0;
    let reading = false;
    const slow = bench.call({
      take(bytes) {
        received += bytes.length;
        return reading;
      },
    });
    await slow.flowing;
    // Each round trip is a chance for the server to write on, which it would use to the end if anybody took it.
    for (let i = 0; i < 100; i++) await bench.call({ path: "/ping" }).over;
    assert.equal(finished, false);
    assert.ok(written - received <= IN_FLIGHT, `${written - received} bytes under way`);
    reading = true;
    slow.exchange.resume();
    await slow.over;
    assert.equal(received, MUCH);
  });

  test("asks the client to wait when the upstream does not read", async (t) => {
    let release: () => void = () => {};
    const bench = await suite.served(t, async (incoming, outgoing) => {
      if (incoming.url === "/ping") return outgoing.end();
      incoming.pause();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return outgoing.end(String((await bodyOf(incoming)).length));
    });
    const upload = bench.call({ method: "POST", body: "stream" });
    const piece = noise(MEBIBYTE);
    let sent = 0;
    let ready: Promise<void> | undefined;
    for (let waits = false; !waits && sent < MUCH; sent += piece.length) {
      ready = upload.send(piece);
      waits = await Promise.race([ready.then(() => false), pings(bench, 20).then(() => true)]);
    }
    assert.ok(sent <= IN_FLIGHT, `${sent} bytes under way`);
    release();
    await ready;
    upload.exchange.end();
    assert.equal((await upload.over).body, String(sent));
  });

  test("says nothing more of an exchange that was aborted, and serves the next", async (t) => {
    const { call } = await suite.served(t, (incoming, outgoing) => {
      if (incoming.url === "/ping") outgoing.end("pong");
      else outgoing.write("first");
    });
    const streaming = call();
    await streaming.flowing;
    streaming.exchange.abort();
    assert.equal((await call({ path: "/ping" }).over).body, "pong");
    assert.equal(streaming.endings, 0);
  });

  test("fails an exchange that is cut off in its body", async (t) => {
    const { call } = await suite.served(t, (_, outgoing) => {
      outgoing.writeHead(200, { "content-length": "10" });
      outgoing.write("abc", () => outgoing.destroy());
    });
    const cut = call();
    const { status, error } = await cut.over;
    assert.deepEqual({ status, error, endings: cut.endings }, { status: 200, error: "CP_UPSTREAM_CUT", endings: 1 });
  });

  test("fails an exchange whose upstream cannot be reached", async (t) => {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    await new Promise((resolve) => server.close(resolve));
    const transport = suite.makeTransport();
    t.after(() => transport.close());
    const scheme = suite.identity === undefined ? "http" : "https";
    const { error } = await new Call(transport, new URL(`${scheme}://127.0.0.1:${address.port}`)).over;
    assert.equal(error, "CP_UPSTREAM_UNREACHABLE");
  });

  test("refuses requests once it is closed, and leaves those under way alone", async (t) => {
    const { transport, call } = await suite.served(t, (incoming, outgoing) => {
      outgoing.write("first");
      incoming.resume().on("end", () => outgoing.end("last"));
    });
    const underWay = call({ method: "POST", body: "stream" });
    underWay.exchange.write(Buffer.from("a"));
    await underWay.flowing;
    transport.close();
    assert.equal((await call().over).error, "CP_STOPPING");
    underWay.exchange.end();
    assert.equal((await underWay.over).body, "firstlast");
  });
}

/** For a transport that closes the upstream connection as soon as a request is given up, at any time. */
export function abortCases(suite: Suite): void {
  test("closes the upstream connection when the exchange is aborted, and says nothing more", async (t) => {
    const closed = Promise.withResolvers<void>();
    const { call } = await suite.served(t, (_, outgoing) => {
      outgoing.on("close", closed.resolve);
      outgoing.write("first");
    });
    const streaming = call();
    await streaming.flowing;
    streaming.exchange.abort();
    await closed.promise;
    assert.equal(streaming.endings, 0);
  });

  test("closes the upstream connection when the exchange is aborted before there is a response", async (t) => {
    const arrived = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const { call } = await suite.served(t, (_, outgoing) => {
      outgoing.on("close", closed.resolve);
      arrived.resolve();
    });
    const waiting = call();
    await arrived.promise;
    waiting.exchange.abort();
    await closed.promise;
    assert.equal(waiting.endings, 0);
  });
}

async function pings(bench: { call(options: { path: string }): Call }, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await bench.call({ path: "/ping" }).over;
}

/** Takes chunk framing away, written without any of the parser's code. */
export function unframe(framed: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < framed.length; ) {
    const lineEnd = framed.indexOf("\r\n", at);
    const size = Number.parseInt(framed.toString("latin1", at, lineEnd), 16);
    chunks.push(framed.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(chunks);
}
