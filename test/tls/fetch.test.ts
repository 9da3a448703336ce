/** `fetch` for servers of a person's: proxies, authorities, patience. */
import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import net, { type Socket } from "node:net";
import { test } from "node:test";
import { createFetch } from "../../src/transport/fetch.ts";
import { CA_FILE, credentials, listening } from "./server.ts";

/** Answers with how it was asked. */
function echo({ method, url, headers }: http.IncomingMessage, response: http.ServerResponse): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify([method, url, headers.host, headers["x-own"]]));
}

test("an https server whose authority only the file knows is trusted with it, and not without", async () => {
  await using server = await listening(https.createServer(credentials("server"), echo));
  const url = `https://localhost:${server.port}/mcp?a=b`;
  const response = await createFetch({ caFile: CA_FILE })(url, { headers: { "x-own": "1" } });
  assert.deepEqual(await response.json(), ["GET", "/mcp?a=b", `localhost:${server.port}`, "1"]);
  await assert.rejects(createFetch({})(url), TypeError);
});

test("what is elsewhere is reached through the proxy with its login, what is on this machine is not", async () => {
  await using server = await listening(https.createServer(credentials("other"), echo));
  const asked: (string | undefined)[] = [];
  const tunnels = http.createServer().on("connect", ({ url, headers }: http.IncomingMessage, client: Socket) => {
    asked.push(url, headers["proxy-authorization"]);
    const onward = net.connect(server.port, "127.0.0.1");
    onward.on("error", () => client.destroy());
    client.on("error", () => onward.destroy());
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    client.pipe(onward).pipe(client);
  });
  await using proxy = await listening(tunnels);
  const address = `http://me:p%3Ass@127.0.0.1:${proxy.port}`;
  const fetch = createFetch({ httpsProxy: address, httpProxy: address, caFile: CA_FILE });
  const response = await fetch("https://other.invalid/mcp", { method: "POST", body: "{}" });
  assert.deepEqual(await response.json(), ["POST", "/mcp", "other.invalid", null]);
  assert.deepEqual(asked, ["other.invalid:443", `Basic ${Buffer.from("me:p:ss").toString("base64")}`]);

  await using near = await listening(http.createServer(echo));
  const own = await fetch(`http://127.0.0.1:${near.port}/near`);
  assert.deepEqual(await own.json(), ["GET", "/near", `127.0.0.1:${near.port}`, null]);
  assert.equal(asked.length, 2);
});

test("an answer is given up with its caller", async () => {
  const asked = Promise.withResolvers<void>();
  await using server = await listening(http.createServer(() => asked.resolve()));
  const abort = new AbortController();
  const response = createFetch({})(`http://127.0.0.1:${server.port}/`, { signal: abort.signal });
  await asked.promise;
  abort.abort(new Error("enough"));
  await assert.rejects(response, /enough/);
});
