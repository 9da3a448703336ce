/** Responses as they come off the wire. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RawHeaders } from "../../src/contracts.ts";
import type { Call, CallOptions } from "./call.ts";
import type { Bench, Suite } from "./suite.ts";
import type { Peer } from "./upstream.ts";

const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

/** Makes a request and plays its answer. */
async function answered(
  { call, upstream }: Bench,
  answer: string | ((peer: Peer, call: Call) => void | Promise<void>),
  options?: CallOptions,
): Promise<Call> {
  const asked = call(options);
  const peer = await upstream.peer();
  await peer.head();
  if (typeof answer === "string") peer.send(answer);
  else await answer(peer, asked);
  await asked.over;
  return asked;
}

export function responseCases(suite: Suite): void {
  test("hands on status, reason and fields as they came: order, case, repeats and latin1", async (t) => {
    const asked = await answered(
      await suite.bench(t),
      "HTTP/1.1 299 Caf\xe9 \r\nX-B: 1\r\nset-cookie:a\r\nx-b: \t2 3\t\r\nSet-Cookie: b\r\nX-E:\r\nX-L: \xe9\r\nContent-Length: 0\r\n\r\n",
    );
    const headers: RawHeaders = [
      ...["X-B", "1", "set-cookie", "a", "x-b", "2 3", "Set-Cookie", "b", "X-E", "", "X-L", "\xe9"],
      ...["Content-Length", "0"],
    ];
    assert.deepEqual(asked.response, { status: 299, reason: "Caf\xe9 ", headers, chunked: false });
  });

  test("hands on chunks as they came where the sink can take them, without the last", async (t) => {
    const framed = "3\r\nabc\r\n00A;x=y\r\n0123456789\r\n";
    const bench = await suite.bench(t);
    const asked = await answered(bench, `${CHUNKED}${framed}0\r\nX-T: 1\r\nx-t: 2\r\n\r\n`, { framed: true });
    assert.deepEqual(await asked.over, {
      status: 200,
      body: framed,
      trailers: ["X-T", "1", "x-t", "2"],
      error: undefined,
    });
    assert.equal(asked.response?.chunked, true);
  });

  test("hands on the bytes within the chunks otherwise", async (t) => {
    const bench = await suite.bench(t);
    const asked = await answered(bench, `${CHUNKED}3\r\nabc\r\na;x=y\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n`);
    assert.deepEqual(await asked.over, {
      status: 200,
      body: "abc0123456789",
      trailers: ["X-T", "1"],
      error: undefined,
    });
  });

  test("hands on 1xx responses before the response", async (t) => {
    const asked = await answered(
      await suite.bench(t),
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
    );
    assert.deepEqual(asked.informationals, [
      { status: 103, reason: "Early Hints", headers: ["Link", "</a>"] },
      { status: 102, reason: "Processing", headers: [] },
    ]);
    assert.equal((await asked.over).body, "hi");
  });

  for (const framed of [true, false]) {
    test(`tells what the chunk that was cut still lacks, ${framed ? "to a sink that writes chunks on" : "but not to one that writes none"}`, async (t) => {
      const asked = await answered(
        await suite.bench(t),
        async (peer, call) => {
          peer.send(`${CHUNKED}20\r\nabc`);
          await call.flowing;
          peer.socket.end();
        },
        { framed },
      );
      assert.deepEqual([asked.error?.code, asked.missing ?? 0], ["CP_UPSTREAM_CUT", framed ? 31 : 0]);
    });
  }

  for (const throws of ["informational", "head", "data", "end"] as const) {
    for (const framing of ["content-length: 2\r\n\r\nhi", "\r\nhi"]) {
      test(`a sink whose ${throws} throws hears CP_INTERNAL, and nobody else does (${framing.length} bytes)`, async (t) => {
        const asked = await answered(
          await suite.bench(t),
          (peer) => {
            peer.send(`HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n${framing}`);
            peer.socket.end();
          },
          { throws },
        );
        assert.deepEqual(
          [asked.error?.code, asked.error?.message, asked.endings],
          ["CP_INTERNAL", `${throws} threw`, 1],
        );
      });
    }
  }

  for (const version of ["1.0", "1.1"]) {
    test(`reads an HTTP/${version} body without a length to the end of the connection`, async (t) => {
      const asked = await answered(await suite.bench(t), (peer) => {
        peer.send(`HTTP/${version} 200 OK\r\n\r\nhello`);
        peer.socket.end();
      });
      assert.deepEqual(await asked.over, { status: 200, body: "hello", trailers: [], error: undefined });
    });
  }

  test("takes a response of any size in any number of pieces", async (t) => {
    const text = `HTTP/1.1 103 Early\r\n\r\n${CHUNKED}3\r\nabc\r\n2;x\r\nde\r\n0\r\na: b\r\n\r\n`;
    const asked = await answered(await suite.bench(t), async (peer) => {
      for (const byte of text) await new Promise((resolve) => peer.socket.write(byte, resolve));
    });
    assert.deepEqual(await asked.over, { status: 200, body: "abcde", trailers: ["a", "b"], error: undefined });
  });

  const short: [string, string][] = [
    ["counted", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"],
    ["chunked", `HTTP/1.1 103 Early\r\n\r\n${CHUNKED}3\r\nabc\r\n2;x\r\nde\r\n0\r\na: b\r\n\r\n`],
  ];
  for (const [kind, text] of short) {
    test(`fails a ${kind} response that is cut, at every byte, and says so once`, async (t) => {
      const bench = await suite.bench(t);
      const headEnd = text.indexOf("\r\n\r\n", text.indexOf("200")) + 4;
      for (let length = 0; length < text.length; length++) {
        const cut = bench.call({ framed: length % 2 === 0 });
        const peer = await bench.upstream.peer();
        await peer.head();
        peer.socket.end(text.slice(0, length), "latin1");
        const { status, error } = await cut.over;
        const expected = { status: length < headEnd ? undefined : 200, error: "CP_UPSTREAM_CUT", endings: 1 };
        assert.deepEqual({ status, error, endings: cut.endings }, expected, `cut behind byte ${length}`);
      }
    });
  }

  // Node cannot reset a connection under TLS.
  if (suite.identity === undefined) {
    test("fails an exchange whose connection is reset in the body", async (t) => {
      const asked = await answered(await suite.bench(t), async (peer, call) => {
        peer.send(`${CHUNKED}3\r\nabc\r\n`);
        await call.flowing;
        peer.socket.resetAndDestroy();
      });
      assert.equal((await asked.over).error, "CP_UPSTREAM_CUT");
    });
  }

  const wrong: [string, string][] = [
    ["is not HTTP", "SSH-2.0-OpenSSH\r\n"],
    ["has line feeds alone", "HTTP/1.1 200 OK\ncontent-length: 0\n\n"],
    ["has two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na"],
    ["has a length and chunks", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["has a malformed chunk", `${CHUNKED}3\r\nabcd\r\n`],
    ["switches protocols unasked", "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"],
    ["has a head without end", `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(50_000)}`],
  ];
  for (const [what, text] of wrong) {
    test(`fails an exchange and closes the connection when the response ${what}`, async (t) => {
      let peer: Peer | undefined;
      const asked = await answered(await suite.bench(t), (answering) => {
        peer = answering;
        answering.send(text);
      });
      assert.deepEqual(
        { error: asked.error?.code, endings: asked.endings },
        { error: "CP_UPSTREAM_PROTOCOL", endings: 1 },
      );
      await peer?.gone;
    });
  }

  test("reads nothing while the exchange is paused, even before the head", async (t) => {
    const bench = await suite.bench(t);
    const asked = bench.call();
    asked.exchange.pause();
    const peer = await bench.upstream.peer();
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
    const witness = bench.call({ path: "/witness" });
    const other = await bench.upstream.peer();
    await other.head();
    other.send("HTTP/1.1 204 No Content\r\n\r\n");
    await witness.over;
    assert.equal(asked.response, undefined);
    asked.exchange.resume();
    assert.equal((await asked.over).body, "hi");
  });

  test("says nothing more after an abort from within the head or the data", async (t) => {
    for (const moment of ["head", "data"]) {
      const bench = await suite.bench(t);
      let heard = 0;
      const asked = bench.call({
        take() {
          heard++;
          asked.exchange.abort();
          return true;
        },
      });
      const { head } = asked;
      if (moment === "head") {
        asked.head = (response) => {
          asked.exchange.abort();
          return head.call(asked, response);
        };
      }
      const peer = await bench.upstream.peer();
      await peer.head();
      peer.send(`${CHUNKED}3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n`);
      await peer.gone;
      assert.deepEqual({ heard, endings: asked.endings }, { heard: moment === "head" ? 0 : 1, endings: 0 });
    }
  });
}
