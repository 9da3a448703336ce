import assert from "node:assert/strict";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import net, { type Socket } from "node:net";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import zlib from "node:zlib";
import type { Exchange, ResponseHead, UpstreamRequest } from "../../src/contracts.ts";
import type { CodexPlusError } from "../../src/errors.ts";
import { createChromeTransport } from "../../src/transport/chrome/chrome.ts";
import { listenForHellos } from "./hellos.ts";
import { type Listening, listening, mute } from "./server.ts";

type Answer = { head: ResponseHead; body: Buffer } | { error: string };

function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Listening> {
  return listening(http.createServer(handler));
}

function requestTo(port: number, more: Partial<UpstreamRequest> = {}, path = "/"): UpstreamRequest {
  const to = { origin: new URL(`http://127.0.0.1:${port}`), path };
  return { to, method: "GET", headers: [], body: undefined, ...more };
}

/** Sends a request and waits for all of its answer. */
async function ask(
  request: UpstreamRequest,
  during: (exchange: Exchange) => void = () => {},
  transport = createChromeTransport({}),
): Promise<Answer> {
  const answer = Promise.withResolvers<Answer>();
  let head: ResponseHead | undefined;
  const chunks: Buffer[] = [];
  const exchange = transport.request(request, {
    head(received) {
      head = received;
      return "payload";
    },
    data: (bytes) => chunks.push(bytes) > 0,
    end: () => answer.resolve(head === undefined ? { error: "no head" } : { head, body: Buffer.concat(chunks) }),
    fail: ({ code, message }: CodexPlusError) => answer.resolve({ error: `${code} ${message}` }),
  });
  during(exchange);
  return answer.promise.finally(() => transport.close());
}

test("chrome shows a browser's hello, not Codex's", async () => {
  const hellos = await listenForHellos();
  const request = requestTo(0, { to: { origin: new URL(`https://localhost:${hellos.port}`), path: "/" } });
  await ask(request);
  // The last part is left out: it changes with the extensions that a browser version adds.
  assert.match(await hellos.first, /^t13d15\d\dh2_8daaf6152771_/);
  await hellos.close();
});

test("a request goes up with its fields in order and nothing of a browser's, and its answer comes down", async () => {
  const seen: string[][] = [];
  await using server = await serve((request, response) => {
    seen.push([request.method ?? "", request.url ?? "", ...request.rawHeaders]);
    response.writeHead(201, ["X-One", "1", "Set-Cookie", "a=1", "Set-Cookie", "b=2", "Date", "today"]).end("done");
  });
  const headers = [
    "Host",
    "chatgpt.com",
    "User-Agent",
    "codex/1",
    "X-Thread",
    "7",
    "Accept",
    "*/*",
    "Accept-Encoding",
    "br",
  ];
  const answer = await ask(requestTo(server.port, { headers }, "/responses?a=%2F&b=1"));
  assert.deepEqual(seen, [
    [
      "GET",
      "/responses?a=%2F&b=1",
      "user-agent",
      "codex/1",
      "x-thread",
      "7",
      "accept",
      "*/*",
      "accept-encoding",
      "br",
    ].concat(["host", `127.0.0.1:${server.port}`]),
  ]);
  assert.deepEqual(answer, {
    head: {
      status: 201,
      reason: "Created",
      headers: ["date", "today", "set-cookie", "a=1", "set-cookie", "b=2", "x-one", "1"],
      chunked: false,
    },
    body: Buffer.from("done"),
  });
});

test("a body in one piece and a streamed one arrive byte for byte", async () => {
  await using server = await serve((request, response) => void request.pipe(response));
  const body = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
  const whole = await ask(requestTo(server.port, { method: "POST", body }));
  assert.deepEqual("body" in whole && whole.body, body);
  const streamed = await ask(requestTo(server.port, { method: "POST", body: "stream" }), (exchange) => {
    exchange.write(body.subarray(0, 100_000));
    exchange.write(body.subarray(100_000));
    exchange.end();
  });
  assert.deepEqual("body" in streamed && streamed.body, body);
});

test("a compressed answer comes decoded, and says so", async () => {
  await using server = await serve((_request, response) => {
    const zipped = zlib.gzipSync("hello");
    response
      .writeHead(200, ["Content-Encoding", "gzip", "Content-Length", `${zipped.length}`, "Date", "x"])
      .end(zipped);
  });
  const answer = await ask(requestTo(server.port));
  assert.deepEqual(answer, {
    head: { status: 200, reason: "OK", headers: ["date", "x"], chunked: false },
    body: Buffer.from("hello"),
  });
});

test("a redirect is handed on, not followed", async () => {
  await using server = await serve((_request, response) => void response.writeHead(307, { location: "/x" }).end());
  const answer = await ask(requestTo(server.port));
  assert.equal("head" in answer && answer.head.status, 307);
});

test("a sink that says wait gets nothing more until resume", async () => {
  await using server = await serve((_request, response) => {
    response.write("one");
    response.write("two");
    response.end("three");
  });
  const transport = createChromeTransport({});
  const heard: string[] = [];
  await new Promise<void>((resolve) => {
    const exchange = transport.request(requestTo(server.port), {
      head: () => "payload",
      data(bytes) {
        heard.push(bytes.toString());
        setImmediate(() => {
          heard.push("resume");
          exchange.resume();
        });
        return false;
      },
      end: () => resolve(),
      fail: () => resolve(),
    });
  });
  assert.equal(heard.filter((word) => word !== "resume").join(""), "onetwothree");
  assert.deepEqual(
    heard.filter((_, at) => at % 2 === 1),
    heard.filter((word) => word === "resume"),
  );
  transport.close();
});

/** The connection's end. impit now and then leaves it to the garbage collector, which is therefore made to run. */
async function collected(socket: Socket | undefined): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  while (socket?.closed === false) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("abort closes the upstream connection in the middle of a body, and before the head as soon as that comes", async () => {
  for (const early of [false, true]) {
    let asked: ServerResponse | undefined;
    await using server = await serve((_request, response) => {
      asked = response;
      if (!early) response.write("x");
    });
    const transport = createChromeTransport({});
    const flowing = Promise.withResolvers<void>();
    const heard: string[] = [];
    const exchange = transport.request(requestTo(server.port), {
      head: () => "payload",
      data: () => {
        flowing.resolve();
        return true;
      },
      end: () => heard.push("end"),
      fail: () => heard.push("fail"),
    });
    if (early) while (asked === undefined) await new Promise(setImmediate);
    else await flowing.promise;
    exchange.abort();
    if (early) asked?.write("x");
    await collected(server.sockets[0]);
    assert.deepEqual(heard, []);
    transport.close();
  }
});

test("abort in the middle of an upload breaks the request off", async () => {
  let asked: IncomingMessage | undefined;
  await using server = await serve((request) => {
    asked = request.on("error", () => {}).resume();
  });
  const transport = createChromeTransport({});
  const heard: string[] = [];
  const exchange = transport.request(requestTo(server.port, { method: "POST", body: "stream" }), {
    head: () => "payload",
    data: () => true,
    end: () => heard.push("end"),
    fail: () => heard.push("fail"),
  });
  exchange.write(Buffer.from("half"));
  while (asked === undefined) await new Promise(setImmediate);
  exchange.abort();
  await collected(server.sockets[0]);
  assert.deepEqual([asked.complete, heard], [false, []]);
  transport.close();
});

test("what goes wrong has the code and the words of the other transports", async () => {
  const closed = await mute();
  await closed[Symbol.asyncDispose]();
  await using rude = await listening(net.createServer((socket) => socket.once("data", () => socket.destroy())));
  await using cut = await listening(
    net.createServer((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"));
    }),
  );
  await using plain = await listening(net.createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
  const secure = { origin: new URL(`https://127.0.0.1:${plain.port}`), path: "/" };
  assert.deepEqual(
    [
      await ask(requestTo(closed.port)),
      await ask(requestTo(rude.port)),
      await ask(requestTo(cut.port)),
      await ask(requestTo(0, { to: secure })),
      await ask(requestTo(closed.port, { method: "PROPFIND" })),
      await ask(requestTo(closed.port, {}, "@other.invalid/")),
    ],
    [
      { error: `CP_UPSTREAM_UNREACHABLE http://127.0.0.1:${closed.port}: the connection was refused` },
      { error: `CP_UPSTREAM_CUT http://127.0.0.1:${rude.port}: the connection ended before the response did` },
      { error: `CP_UPSTREAM_CUT http://127.0.0.1:${cut.port}: the connection ended before the response did` },
      { error: `CP_UPSTREAM_TLS https://127.0.0.1:${plain.port}: the TLS handshake failed` },
      { error: "CP_TRANSPORT_UNAVAILABLE the chrome transport cannot send PROPFIND /" },
      { error: "CP_TRANSPORT_UNAVAILABLE the chrome transport cannot send GET @other.invalid/" },
    ],
  );
});

test("a proxy is asked for a tunnel with its login", async () => {
  const asked: (string | undefined)[] = [];
  const server = http.createServer().on("connect", ({ url, headers }: IncomingMessage, client: Socket) => {
    asked.push(url, headers["proxy-authorization"]);
    client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await using proxy = await listening(server);
  const transport = createChromeTransport({ httpsProxy: `http://me:p%3Ass@127.0.0.1:${proxy.port}` });
  const to = { origin: new URL("https://other.invalid"), path: "/" };
  assert.deepEqual(await ask(requestTo(0, { to }), undefined, transport), {
    error: "CP_PROXY_REFUSED https://other.invalid: the proxy refused the tunnel",
  });
  assert.deepEqual(asked, ["other.invalid:443", `Basic ${Buffer.from("me:p:ss").toString("base64")}`]);
});

test("without impit, closed, or for a WebSocket, it says what to do", async () => {
  const missing = createChromeTransport({}, () => Promise.reject(new Error("Cannot find package 'impit'")));
  assert.deepEqual(await ask(requestTo(9), undefined, missing), {
    error: "CP_TRANSPORT_UNAVAILABLE the chrome transport needs the optional package impit: npm install impit",
  });
  const closed = createChromeTransport({});
  closed.close();
  assert.deepEqual(await ask(requestTo(9), undefined, closed), { error: "CP_STOPPING the transport is closed" });
  await assert.rejects(closed.upgrade(requestTo(9), new AbortController().signal), {
    code: "CP_TRANSPORT_UNAVAILABLE",
    message: "the chrome transport cannot carry WebSockets",
  });
});
