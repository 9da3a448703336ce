/** HTTP through the proxy, to an upstream that is played byte by byte: what is said on one side is heard on the other. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test, { suite, type TestContext } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { startProxy } from "./harness.ts";
import { connect, type Ear, ear, type Line } from "./line.ts";
import { endToEndOf, field, readHead, readMessage } from "./message.ts";

async function between(t: TestContext): Promise<{ upstream: Ear; client: Line; port: number }> {
  const upstream = await ear(t);
  const proxy = await startProxy(t, { upstream: upstream.url });
  return { upstream, client: await connect(t, proxy.port), port: proxy.port };
}

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const asked = (start: string, fields = ""): string => `${start} HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`;

suite("HTTP through the proxy", { timeout: 20_000 }, () => {
  test("A request goes up with its fields in order, case and repeats, but for the host and those of one hop", async (t) => {
    const { upstream, client } = await between(t);
    client.send(
      "GET /x?a=1&b=%20&a=2 HTTP/1.1\r\nX-First: 1\r\nHost: localhost\r\nx-repeat: a\r\nX-REPEAT: b\r\n" +
        "connection: keep-alive, X-Mine\r\nx-mine: gone\r\nTE: trailers\r\nx-empty:\r\nx-latin: caf\xe9\r\nCookie: c=1\r\n\r\n",
    );
    const line = await upstream.line();
    assert.equal(
      await line.through("\r\n\r\n"),
      "GET /x?a=1&b=%20&a=2 HTTP/1.1\r\n" +
        `X-First: 1\r\nHost: 127.0.0.1:${upstream.port}\r\nx-repeat: a\r\nX-REPEAT: b\r\nx-empty: \r\nx-latin: caf\xe9\r\nCookie: c=1\r\n\r\n`,
    );
  });

  test("A response comes down with its status line, fields in order, case and repeats", async (t) => {
    const { upstream, client } = await between(t);
    client.send(asked("GET /x"));
    const line = await upstream.line();
    await line.through("\r\n\r\n");
    line.send(
      "HTTP/1.1 418 Short and stout\r\nX-B: 2\r\nset-cookie: a=1\r\nX-A: 1\r\nSet-Cookie: b=2\r\nX-Latin: \xe9\r\nconnection: x-hop\r\n" +
        "x-hop: 1\r\nContent-Length: 3\r\n\r\nabc",
    );
    const { start, headers, body } = await readMessage(client);
    assert.deepEqual(
      { start, headers: endToEndOf(headers), body: `${body}` },
      {
        start: "HTTP/1.1 418 Short and stout",
        headers: [
          "X-B",
          "2",
          "set-cookie",
          "a=1",
          "X-A",
          "1",
          "Set-Cookie",
          "b=2",
          "X-Latin",
          "\xe9",
          "Content-Length",
          "3",
        ],
        body: "abc",
      },
    );
  });

  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "QUERY"]) {
    test(`${method} goes up as ${method}, with a body`, async (t) => {
      const { upstream, client } = await between(t);
      client.send(`${asked(`${method} /any/path`, "content-length: 4\r\n")}body`);
      const line = await upstream.line();
      const up = await readMessage(line);
      line.send(OK);
      const down = await readMessage(client);
      assert.deepEqual([up.start, `${up.body}`, `${down.body}`], [`${method} /any/path HTTP/1.1`, "body", "ok"]);
    });
  }

  const bodiless: [string, string, string, string[]][] = [
    ["the answer to HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n", ["Content-Length", "12345"]],
    ["the answer to HEAD that would be chunked", "HEAD", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", []],
    ["a 204", "GET", "HTTP/1.1 204 No Content\r\nx-a: 1\r\n\r\n", ["x-a", "1"]],
    [
      "a 304",
      "GET",
      'HTTP/1.1 304 Not Modified\r\netag: "x"\r\ncontent-length: 99\r\n\r\n',
      ["etag", '"x"', "content-length", "99"],
    ],
  ];
  for (const [what, method, response, fields] of bodiless) {
    test(`${what} has no body, and the connections on both sides go on`, async (t) => {
      const { upstream, client } = await between(t);
      client.send(asked(`${method} /x`));
      const line = await upstream.line();
      await line.through("\r\n\r\n");
      line.send(response);
      const first = await readMessage(client, true);
      client.send(asked("GET /again"));
      await line.through("GET /again");
      await line.through("\r\n\r\n");
      line.send(OK);
      const second = await readMessage(client);
      assert.deepEqual(
        [first.start, endToEndOf(first.headers), second.start, `${second.body}`],
        [response.slice(0, response.indexOf("\r\n")), fields, "HTTP/1.1 200 OK", "ok"],
      );
    });
  }

  test("Early hints and 100 Continue come down as they are given, before the response", async (t) => {
    const { upstream, client } = await between(t);
    client.send(asked("POST /x", "content-length: 5\r\nExpect: 100-continue\r\n"));
    const line = await upstream.line();
    const { headers } = await readHead(line);
    line.send("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
    assert.equal(await client.through("\r\n\r\n"), "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n");
    assert.equal(await client.through("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    assert.equal(`${await line.bytes(5)}`, "hello");
    line.send(OK);
    const down = await readMessage(client);
    assert.deepEqual([field(headers, "expect"), down.start], ["100-continue", "HTTP/1.1 200 OK"]);
  });

  test("A body that upstream refuses at once is not asked of the client", async (t) => {
    const { upstream, client } = await between(t);
    client.send(asked("POST /x", "content-length: 5\r\nexpect: 100-continue\r\n"));
    const line = await upstream.line();
    await line.through("\r\n\r\n");
    line.send("HTTP/1.1 417 Expectation Failed\r\ncontent-length: 0\r\n\r\n");
    assert.equal((await readMessage(client)).start, "HTTP/1.1 417 Expectation Failed");
  });

  test("An answer that comes in the middle of a long upload reaches the client, whose connection goes on", async (t) => {
    const { upstream, client } = await between(t);
    const body = randomBytes(8 * 1024 * 1024);
    client.send(asked("POST /x", `content-length: ${body.length}\r\n`)).send(body.subarray(0, 4 * 1024 * 1024));
    const line = await upstream.line();
    line.socket.pause();
    // Until the way up is full, the client's own send buffer included.
    line.send("HTTP/1.1 400 Bad Request\r\ncontent-length: 3\r\n\r\nno!");
    const first = await readMessage(client);
    client.send(body.subarray(4 * 1024 * 1024)).send(asked("GET /again"));
    const next = await upstream.line();
    await next.through("\r\n\r\n");
    next.send(OK);
    assert.deepEqual([first.start, (await readMessage(client)).start], ["HTTP/1.1 400 Bad Request", "HTTP/1.1 200 OK"]);
  });

  test("Trailers go up and come down", async (t) => {
    const { upstream, client } = await between(t);
    client.send(
      `${asked("POST /x", "Trailer: X-Sum\r\ntransfer-encoding: chunked\r\n")}5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`,
    );
    const line = await upstream.line();
    const up = await readMessage(line);
    line.send(
      "HTTP/1.1 200 OK\r\nTrailer: X-End\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n0\r\nX-End: yes\r\nx-end: twice\r\n\r\n",
    );
    const down = await readMessage(client);
    assert.deepEqual(
      [
        `${up.body}`,
        up.trailers,
        field(up.headers, "trailer"),
        `${down.body}`,
        down.trailers,
        field(down.headers, "trailer"),
      ],
      ["hello", ["X-Sum", "1"], "X-Sum", "abc", ["X-End", "yes", "x-end", "twice"], "X-End"],
    );
  });

  const announced: [string, string, string, string][] = [
    ["of known length", "GET /x HTTP/1.1", "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\ncontent-length: 2\r\n\r\nhi", "hi"],
    ["without a body", "GET /x HTTP/1.1", "HTTP/1.1 304 Not Modified\r\nTrailer: X-Sum\r\n\r\n", ""],
    ["to HEAD", "HEAD /x HTTP/1.1", "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\ntransfer-encoding: chunked\r\n\r\n", ""],
    [
      "to a client of HTTP/1.0",
      "GET /x HTTP/1.0",
      "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n",
      "hi",
    ],
  ];
  for (const [what, start, answer, told] of announced) {
    test(`An answer ${what} has no place for trailers: their announcement stays behind, the rest comes`, async (t) => {
      const { upstream, client } = await between(t);
      client.send(`${start}\r\nHost: localhost\r\n\r\n`);
      const line = await upstream.line();
      await line.through("\r\n\r\n");
      line.send(answer);
      const { headers, body } = await readMessage(client, start.startsWith("HEAD"));
      assert.deepEqual([field(headers, "trailer"), `${body}`], [undefined, told]);
    });
  }

  const sizes = [0, 1, 60 * 1024, 1024 ** 2, 20 * 1024 ** 2];
  for (const size of sizes) {
    for (const framing of ["length", "chunked"] as const) {
      test(`A body of ${size} bytes, ${framing}-framed, is the same on the other side, both ways`, async (t) => {
        const { upstream, client } = await between(t);
        const body = randomBytes(size);
        const framed =
          framing === "length"
            ? [`content-length: ${size}\r\n`, body]
            : ["transfer-encoding: chunked\r\n", Buffer.concat([...chunksOf(body), Buffer.from("0\r\n\r\n")])];
        client.send(asked("POST /x", `${framed[0]}`)).send(framed[1] as Buffer);
        const line = await upstream.line();
        const up = await readMessage(line);
        line.send(`HTTP/1.1 200 OK\r\n${framed[0]}\r\n`).send(framed[1] as Buffer);
        const down = await readMessage(client);
        assert.deepEqual(
          [
            up.body.equals(body),
            down.body.equals(body),
            field(up.headers, framing === "length" ? "content-length" : "transfer-encoding"),
          ],
          [true, true, framing === "length" ? `${size}` : "chunked"],
        );
      });
    }
  }

  test("Encoded bodies pass as they came, encoding named", async (t) => {
    const { upstream, client } = await between(t);
    const up = zstdCompressSync(Buffer.from('{"a":1}'));
    const down = gzipSync(Buffer.from('{"b":2}'));
    client.send(asked("POST /responses", `content-encoding: zstd\r\ncontent-length: ${up.length}\r\n`)).send(up);
    const line = await upstream.line();
    const heard = await readMessage(line);
    line.send(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${down.length}\r\n\r\n`).send(down);
    const told = await readMessage(client);
    assert.deepEqual(
      [heard.body, field(heard.headers, "content-encoding"), told.body, field(told.headers, "content-encoding")],
      [up, "zstd", down, "gzip"],
    );
  });

  test("A client of HTTP/1.0 gets a body without chunks, ended by the close", async (t) => {
    const { upstream, client } = await between(t);
    client.send("GET /x HTTP/1.0\r\nHost: localhost\r\n\r\n");
    const line = await upstream.line();
    await line.through("\r\n\r\n");
    line.send(
      "HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n",
    );
    const down = await readMessage(client);
    assert.deepEqual(
      [down.start, endToEndOf(down.headers), field(down.headers, "transfer-encoding"), `${down.body}`],
      ["HTTP/1.1 200 OK", [], undefined, "abcdefg"],
    );
  });

  test("A body that upstream ends by closing is told to its end", async (t) => {
    const { upstream, client } = await between(t);
    client.send(asked("GET /x"));
    const line = await upstream.line();
    await line.through("\r\n\r\n");
    line.send("HTTP/1.0 200 OK\r\nx-a: 1\r\n\r\nabc").end();
    const down = await readMessage(client);
    assert.deepEqual([endToEndOf(down.headers), `${down.body}`], [["x-a", "1"], "abc"]);
  });

  test("Requests that were pipelined are answered in their order", async (t) => {
    const { upstream, client } = await between(t);
    client.send(asked("GET /1") + asked("GET /2") + asked("GET /3"));
    const lines = [await upstream.line(), await upstream.line(), await upstream.line()];
    const paths = await Promise.all(lines.map(async (line) => (await readHead(line)).start));
    for (const [index, line] of lines.entries()) {
      const path = paths[index]?.split(" ")[1] ?? "";
      const chunk = `${path.length.toString(16)}\r\n${path}\r\n0\r\n\r\n`;
      // The last is answered first.
      setTimeout(() => line.send(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk}`), 30 - 10 * index);
    }
    const bodies = [await readMessage(client), await readMessage(client), await readMessage(client)];
    assert.deepEqual(
      bodies.map(({ body }) => `${body}`),
      ["/1", "/2", "/3"],
    );
  });

  test("Both sides' connections are used again", async (t) => {
    const { upstream, client } = await between(t);
    for (const path of ["/1", "/2", "/3"]) {
      client.send(asked(`GET ${path}`));
      const line = upstream.lines[0] ?? (await upstream.line());
      await line.through(`GET ${path} `);
      await line.through("\r\n\r\n");
      line.send(OK);
      await readMessage(client);
    }
    assert.equal(upstream.lines.length, 1);
  });
});

function chunksOf(body: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; at += 100_000) {
    const part = body.subarray(at, at + 100_000);
    chunks.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  return chunks;
}
