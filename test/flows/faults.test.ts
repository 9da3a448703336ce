/** What goes wrong on the way up: each cause with its own code, status and words, in the shape that Codex shows. */
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";
import test, { suite } from "node:test";
import { startProxy } from "./harness.ts";
import { connect, ear } from "./line.ts";
import { eventsOf, field, readMessage } from "./message.ts";

const REQUEST = "POST /responses HTTP/1.1\r\nHost: localhost\r\ncontent-length: 2\r\n\r\n{}";

suite("Faults of upstream", { timeout: 20_000 }, () => {
  const answers: [string, string, string, RegExp][] = [
    ["garbage", "SSH-2.0-OpenSSH_9.2\r\n", "upstream_protocol", /answered with not an HTTP\/1 response/],
    ["a folded field", "HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n", "upstream_protocol", /a malformed response head/],
    [
      "two lengths",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
      "upstream_protocol",
      /two different content-lengths/,
    ],
    [
      "a huge head",
      `HTTP/1.1 200 OK\r\na: ${"x".repeat(300_000)}\r\n\r\n`,
      "upstream_protocol",
      /bytes of header fields/,
    ],
    ["nothing", "", "upstream_cut", /ended the connection early/],
    ["half a head", "HTTP/1.1 200 OK\r\ncontent-", "upstream_cut", /ended the connection early/],
  ];
  for (const [what, answer, code, words] of answers) {
    // A retry mends what was cut, and sends all of it again in vain where the other side does not speak HTTP.
    const status = code === "upstream_cut" ? "502 Bad Gateway" : "400 Bad Request";
    test(`An upstream that answers with ${what} is a ${status}, ${code}`, async (t) => {
      const upstream = await ear(t);
      const proxy = await startProxy(t, { upstream: upstream.url });
      const client = await connect(t, proxy.port);
      client.send(REQUEST);
      const line = await upstream.line();
      await line.through("\r\n\r\n{}");
      line.send(answer).end();
      const { start, headers, body } = await readMessage(client);
      const { error } = JSON.parse(`${body}`) as { error: { message: string } };
      assert.match(error.message, words);
      const { id, close } = await proxy.logged(({ msg }) => msg === "request");
      assert.deepEqual(
        [start, field(headers, "content-type"), field(headers, "x-request-id"), { ...error, message: "" }, close],
        [
          `HTTP/1.1 ${status}`,
          "application/json",
          id,
          { message: "", type: "codex_plus_error", code, param: null },
          code === "upstream_cut" ? "upstream cut" : "failed",
        ],
      );
    });
  }

  const ways: [string, string, string, string, RegExp][] = [
    [
      "refuses connections",
      "http://127.0.0.1:1",
      "HTTP/1.1 502 Bad Gateway",
      "upstream_unreachable",
      /the connection was refused/,
    ],
    [
      "has a name that does not exist",
      "http://nowhere.invalid",
      "HTTP/1.1 502 Bad Gateway",
      "upstream_dns",
      /nowhere\.invalid/,
    ],
  ];
  for (const [what, upstream, status, code, words] of ways) {
    test(`An upstream that ${what} is ${status.slice(9)}`, async (t) => {
      const proxy = await startProxy(t, { upstream });
      const client = await connect(t, proxy.port);
      client.send(REQUEST);
      const { start, body } = await readMessage(client);
      const { error } = JSON.parse(`${body}`) as { error: { code: string; message: string } };
      assert.deepEqual([start, error.code], [status, code]);
      assert.match(error.message, words);
    });
  }

  test("An upstream that speaks no TLS on a TLS address is a 400: a retry would not mend it", async (t) => {
    const upstream = await ear(t);
    const proxy = await startProxy(t, { upstream: upstream.url.replace("http:", "https:") });
    const client = await connect(t, proxy.port);
    client.send(REQUEST);
    (await upstream.line()).send("HTTP/1.1 400 Bad Request\r\n\r\n").end();
    const { start, body } = await readMessage(client);
    const { error } = JSON.parse(`${body}`) as { error: { code: string } };
    assert.deepEqual([start, error.code], ["HTTP/1.1 400 Bad Request", "upstream_tls"]);
  });

  test("A reset in the middle of a stream is told behind what had come", async (t) => {
    const upstream = await ear(t);
    const proxy = await startProxy(t, { upstream: upstream.url });
    const client = await connect(t, proxy.port);
    client.send(REQUEST);
    const line = await upstream.line();
    await line.through("\r\n\r\n{}");
    line.send(
      'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n20\r\ndata: {"type":"a"}\n\n',
    );
    await client.through("\n\n");
    line.reset();
    const rest = await client.through("0\r\n\r\n");
    const [failed] = eventsOf(Buffer.from(rest.slice(rest.indexOf("event:")))) as {
      response: { error: { code: string } };
    }[];
    assert.equal(failed?.response.error.code, "upstream_cut");
  });

  test("A body that is no stream is cut where upstream cut it, so that whoever counts sees it", async (t) => {
    const upstream = await ear(t);
    const proxy = await startProxy(t, { upstream: upstream.url });
    const client = await connect(t, proxy.port);
    client.send("GET /models HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const line = await upstream.line();
    await line.through("\r\n\r\n");
    line.send('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{"a"').end();
    await client.through("\r\n\r\n");
    assert.equal(`${await client.rest()}`, '{"a"');
  });

  test("A client that leaves closes its upstream, whether it is silent or streaming", async (t) => {
    const upstream = await ear(t);
    const proxy = await startProxy(t, { upstream: upstream.url });
    for (const answer of ["", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n"]) {
      for (const leave of ["close", "reset"] as const) {
        const client = await connect(t, proxy.port);
        client.send(REQUEST);
        const line = await upstream.line();
        await line.through("\r\n\r\n{}");
        line.send(answer);
        if (answer !== "") await client.through("x\r\n");
        client[leave]();
        await line.gone;
      }
    }
    assert.deepEqual(
      proxy.log.lines.filter(({ msg }) => msg === "request").map(({ close, code }) => [close, code]),
      Array.from({ length: 4 }, () => ["client gone", undefined]),
    );
  });

  test("The first bytes go down while upstream holds the rest, and up while the client does", async (t) => {
    const upstream = await ear(t);
    const proxy = await startProxy(t, { upstream: upstream.url });
    const client = await connect(t, proxy.port);
    client.send("POST /x HTTP/1.1\r\nHost: localhost\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n");
    const line = await upstream.line();
    await line.through("1\r\na\r\n");
    line.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    await client.through("\r\n\r\n");
    line.send("3\r\none");
    await client.through("one");
    client.send("1\r\nb\r\n");
    await line.through("1\r\nb\r\n");
    line.send("\r\n3\r\ntwo\r\n");
    await client.through("two");
    client.send("0\r\n\r\n");
    await line.through("0\r\n\r\n");
    line.send("0\r\n\r\n");
    await client.through("0\r\n\r\n");
  });

  test("A connection that could not be taken is logged, and the next ones are", async (t) => {
    const proxy = await startProxy(t, {});
    const servers = new Set<Server>();
    const remember = (message: unknown): unknown => servers.add((message as { server: Server }).server);
    subscribe("http.server.request.start", remember);
    t.after(() => unsubscribe("http.server.request.start", remember));
    const healthy = async (): Promise<boolean> => (await fetch(`${proxy.url}/_plus/health`)).ok;
    assert.ok(await healthy());
    for (const message of ["accept EMFILE", "accept ENFILE"]) {
      for (const server of servers) server.emit("error", new Error(message));
      const { err } = await proxy.logged(({ err }) => (err as Error | undefined)?.message === message);
      assert.deepEqual([(err as Error).message, await healthy()], [message, true]);
    }
  });

  for (const direction of ["down", "up"] as const) {
    test(`A slow reader holds the writer back: little is in flight on the way ${direction}`, async (t) => {
      const upstream = await ear(t);
      const proxy = await startProxy(t, { upstream: upstream.url });
      const client = await connect(t, proxy.port);
      client.send("POST /x HTTP/1.1\r\nHost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
      const line = await upstream.line();
      await line.through("\r\n\r\n");
      const [from, to] = direction === "down" ? [line, client] : [client, line];
      if (direction === "down") {
        line.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        await client.through("\r\n\r\n");
      }
      to.socket.pause();
      const piece = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(0x10000, "x"), Buffer.from("\r\n")]);
      // Until a whole turn of the loop brings no more room: then all buffers on the way are full.
      let taken = 0;
      for (let still = 0; still < 20; ) {
        from.send(piece);
        taken += piece.length;
        still = await new Promise<number>((resolve) => {
          from.socket.once("drain", () => resolve(0));
          setTimeout(() => resolve(20), 300).unref();
        });
        assert.ok(taken < 64 * 1024 ** 2, "64 MB were taken off a writer whose reader reads nothing");
      }
      to.socket.resume();
      const seen = await to.bytes(taken);
      assert.equal(seen.length, taken);
    });
  }
});
