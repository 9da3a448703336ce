import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import net, { type Socket } from "node:net";
import { test } from "node:test";
import { TLSSocket } from "node:tls";
import type { ConnectorOptions } from "../../src/transport/connect.ts";
import type { Connector } from "../../src/transport/connector.ts";
import { connectorWith, credentials, greet, type Listening, listening, mute, readAll } from "./server.ts";

const never = new AbortController().signal;
/** A name that exists nowhere but in a certificate of the fixtures: only a proxy gets there. */
const ORIGIN = new URL("https://other.invalid");

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: readonly string[];
}

/** A proxy that joins every tunnel to `goal`. */
async function tunnelling(server: http.Server, goal: Listening): Promise<Listening & { asked: Asked[] }> {
  const asked: Asked[] = [];
  server.on("connect", ({ method, url, rawHeaders }: http.IncomingMessage, client: Socket) => {
    asked.push({ method, url, headers: rawHeaders });
    const onward = net.connect(goal.port, "127.0.0.1");
    onward.on("error", () => client.destroy());
    client.on("error", () => onward.destroy());
    client.write("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
    client.pipe(onward).pipe(client);
  });
  return { ...(await listening(server)), asked };
}

function through(proxy: string, options: Partial<ConnectorOptions> = {}): Connector {
  return connectorWith({ proxies: { httpsProxy: proxy, httpProxy: proxy }, ...options });
}

test("an https origin is reached by a tunnel, asked for as Codex does, and shakes hands with the origin itself", async () => {
  await using goal = await greet("other");
  await using proxy = await tunnelling(http.createServer(), goal);
  const socket = await through(`http://127.0.0.1:${proxy.port}`).connect(ORIGIN, "http", never);
  assert.ok(socket instanceof TLSSocket && socket.authorized);
  assert.equal(await readAll(socket), "hello");
  assert.deepEqual(proxy.asked, [
    { method: "CONNECT", url: "other.invalid:443", headers: ["Host", "other.invalid:443"] },
  ]);
});

test("a proxy may itself speak TLS and ask for a login", async () => {
  await using goal = await greet("other");
  await using proxy = await tunnelling(https.createServer(credentials("server")), goal);
  const socket = await through(`https://me:p%3Ass@localhost:${proxy.port}`).connect(ORIGIN, "http", never);
  assert.equal(await readAll(socket), "hello");
  const login = `Basic ${Buffer.from("me:p:ss").toString("base64")}`;
  assert.deepEqual(proxy.asked[0]?.headers, ["Host", "other.invalid:443", "Proxy-Authorization", login]);
});

test("an http origin goes through a tunnel too; bytes right behind the proxy's answer are not lost", async () => {
  const server = http.createServer().on("connect", (_request: http.IncomingMessage, client: Socket) => {
    client.end("HTTP/1.1 200 OK\r\n\r\nearly");
  });
  await using proxy = await listening(server);
  const socket = await through(`http://127.0.0.1:${proxy.port}`).connect(
    new URL("http://other.invalid"),
    "http",
    never,
  );
  const listeners = ["data", "readable", "error"].map((event) => socket.listenerCount(event));
  assert.deepEqual(listeners, [0, 0, 0]);
  assert.equal(await readAll(socket), "early");
});

test("loopback and the names of NO_PROXY are reached without the proxy", async () => {
  await using goal = await greet("server");
  const connector = through("http://127.0.0.1:9");
  assert.equal(
    await readAll(await connector.connect(new URL(`https://localhost:${goal.port}`), "http", never)),
    "hello",
  );
});

test("a refusal names the proxy and its status, never the login", async () => {
  const server = http.createServer().on("connect", (_request: http.IncomingMessage, client: Socket) => {
    client.end("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  });
  await using proxy = await listening(server);
  await assert.rejects(through(`http://me:secret@127.0.0.1:${proxy.port}`).connect(ORIGIN, "http", never), {
    code: "CP_PROXY_REFUSED",
    message: `the proxy http://127.0.0.1:${proxy.port} refused a tunnel to other.invalid:443: 407 Proxy Authentication Required`,
  });
});

test("a proxy that cannot be reached, or hangs up, is told apart from the origin", async () => {
  const closed = await mute();
  await closed[Symbol.asyncDispose]();
  await using rude = await listening(net.createServer((socket) => socket.destroy()));
  for (const [port, reason] of [
    [closed.port, "the connection was refused"],
    [rude.port, "the connection was closed while it was being set up"],
  ] as const) {
    await assert.rejects(through(`http://me:secret@127.0.0.1:${port}`).connect(ORIGIN, "http", never), {
      code: "CP_UPSTREAM_UNREACHABLE",
      message: `the proxy http://127.0.0.1:${port} on the way to https://other.invalid: ${reason}`,
    });
  }
});

test("a proxy that never answers is given up after connectMs, and an abort closes its connection", async () => {
  const server = net.createServer();
  await using proxy = await listening(server);
  const address = `http://127.0.0.1:${proxy.port}`;
  await assert.rejects(through(address, { connectMs: 50 }).connect(ORIGIN, "http", never), {
    code: "CP_UPSTREAM_TIMEOUT",
    message: "https://other.invalid: no connection within 50 ms",
  });
  const stop = new AbortController();
  const connecting = through(address).connect(ORIGIN, "http", stop.signal);
  const [socket]: Socket[] = await once(server, "connection");
  stop.abort();
  await assert.rejects(connecting, { name: "AbortError" });
  if (socket?.closed === false) await once(socket.resume(), "close");
});
