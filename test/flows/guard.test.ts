/** Who and what is let in: hosts, origins, tokens, and no request that two readers could understand differently. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test, { suite, type TestContext } from "node:test";
import { type ProxyOptions, type Running, startProxy } from "./harness.ts";
import { connect, type Ear, ear } from "./line.ts";
import { field, readMessage } from "./message.ts";

interface Guarded {
  readonly proxy: Running;
  readonly upstream: Ear;
  readonly token: string;
  /** Sends bytes on a connection of their own and answers with the status and the error's code. */
  say(bytes: string): Promise<[number, string | undefined]>;
}

async function guarded(t: TestContext, settings: ProxyOptions["settings"] = {}): Promise<Guarded> {
  const upstream = await ear(t);
  const proxy = await startProxy(t, { upstream: upstream.url, settings });
  const token = (await readFile(join(proxy.home, "token"), "utf8")).trim();
  const say = async (bytes: string): Promise<[number, string | undefined]> => {
    const client = await connect(t, proxy.port);
    client.send(bytes);
    const { start, body } = await readMessage(client);
    client.close();
    const known = `${body}`.startsWith('{"error"')
      ? (JSON.parse(`${body}`) as { error: { code: string } }).error.code
      : undefined;
    return [Number(start.split(" ")[1]), known];
  };
  return { proxy, upstream, token, say };
}

/** Answers everything that comes up. */
async function answering(upstream: Ear, heads: string[]): Promise<never> {
  for (;;) {
    const line = await upstream.line();
    heads.push(await line.through("\r\n\r\n"));
    line.send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  }
}

const UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
const get = (path: string, fields = "Host: localhost\r\n"): string => `GET ${path} HTTP/1.1\r\n${fields}\r\n`;

suite("The guard", { timeout: 20_000 }, () => {
  test("Names of this machine are served, with any port; others are refused and never go up", async (t) => {
    const { upstream, say } = await guarded(t, { server: { hosts: ["proxy.lan"] } });
    const heads: string[] = [];
    void answering(upstream, heads);
    const told: Record<string, unknown> = {};
    for (const host of [
      "localhost",
      "LOCALHOST:80",
      "127.0.0.1:1",
      "[::1]:1",
      "proxy.lan",
      "evil.com",
      "127.0.0.1.evil.com",
      "localhost.evil.com",
      "",
    ]) {
      told[host] = await say(get("/x", `Host: ${host}\r\n`));
    }
    assert.deepEqual(told, {
      localhost: [200, undefined],
      "LOCALHOST:80": [200, undefined],
      "127.0.0.1:1": [200, undefined],
      "[::1]:1": [200, undefined],
      "proxy.lan": [200, undefined],
      "evil.com": [403, "host_refused"],
      "127.0.0.1.evil.com": [403, "host_refused"],
      "localhost.evil.com": [403, "host_refused"],
      "": [403, "host_refused"],
    });
    assert.equal(heads.length, 5);
  });

  test("Control routes want the token, in either form, and no foreign origin; health is open", async (t) => {
    const { token, say, upstream } = await guarded(t);
    const bearer = `Host: localhost\r\nauthorization: Bearer ${token}\r\n`;
    const header = `Host: localhost\r\nX-Codex-Plus-Token: ${token}\r\n`;
    const told = {
      bare: await say(get("/_plus/status")),
      wrong: await say(get("/_plus/status", "Host: localhost\r\nauthorization: Bearer nope\r\n")),
      bearer: await say(get("/_plus/status", bearer)),
      header: await say(get("/_plus/metrics", header)),
      health: await say(get("/_plus/health")),
      page: await say(get("/_plus/health", "Host: localhost\r\norigin: https://evil.com\r\n")),
      sandboxed: await say(get("/_plus/status", `${header}origin: null\r\n`)),
      own: await say(get("/_plus/status", `${header}origin: http://localhost:3000\r\n`)),
      unknown: await say(get("/_plus/nothing", header)),
      socket: await say(get("/_plus/x", `${header}Connection: Upgrade\r\nUpgrade: websocket\r\n`)),
    };
    assert.deepEqual(told, {
      bare: [401, "token_required"],
      wrong: [401, "token_required"],
      bearer: [200, undefined],
      header: [200, undefined],
      health: [200, undefined],
      page: [403, "origin_refused"],
      sandboxed: [403, "origin_refused"],
      own: [200, undefined],
      unknown: [404, "route_unknown"],
      socket: [404, "route_unknown"],
    });
    assert.equal(upstream.lines.length, 0);
  });

  test("An address open to others is only bound when that is said", async (t) => {
    await assert.rejects(startProxy(t, { settings: { server: { host: "0.0.0.0" } } }), { code: "CP_CONFIG_INVALID" });
  });

  test("An address open to others wants the token on every route, in a field or in the path, and sends it to nobody", async (t) => {
    const { upstream, token, say } = await guarded(t, { server: { host: "0.0.0.0", allowRemote: true } });
    const heads: string[] = [];
    void answering(upstream, heads);
    const told = {
      bare: await say(get("/x")),
      wrong: await say(get("/k/nope/x")),
      path: await say(get(`/k/${token}/x?a=1`)),
      root: await say(get(`/k/${token}`)),
      field: await say(get("/x", `Host: 10.1.2.3\r\nx-codex-plus-token: ${token}\r\n`)),
      health: await say(get("/_plus/health")),
      status: await say(get("/_plus/status")),
      upgrade: await say(get("/responses", "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n")),
    };
    assert.deepEqual(told, {
      bare: [401, "token_required"],
      wrong: [401, "token_required"],
      path: [200, undefined],
      root: [200, undefined],
      field: [200, undefined],
      health: [200, undefined],
      status: [401, "token_required"],
      upgrade: [401, "token_required"],
    });
    assert.deepEqual(
      heads.map((head) => head.split(" ")[1]),
      ["/x?a=1", "/", "/x"],
    );
    assert.ok(!heads.join("").includes(token), "the token went up");
  });

  test("Health tells other machines no more than that we are here, unless they show the token", async (t) => {
    const { proxy, token } = await guarded(t, { server: { host: "0.0.0.0", allowRemote: true } });
    const local = await guarded(t);
    const told = async (port: number, headers: Record<string, string> = {}): Promise<string[]> => {
      const response = await fetch(`http://127.0.0.1:${port}/_plus/health`, { headers });
      return Object.keys((await response.json()) as object);
    };
    const all = "ok name version pid port home upstream transport startedAt".split(" ");
    assert.deepEqual(
      {
        bare: await told(proxy.port),
        wrong: await told(proxy.port, { authorization: `Bearer ${local.token}` }),
        bearer: await told(proxy.port, { authorization: `Bearer ${token}` }),
        header: await told(proxy.port, { "x-codex-plus-token": token }),
        local: await told(local.proxy.port),
      },
      { bare: all.slice(0, 3), wrong: all.slice(0, 3), bearer: all, header: all, local: all },
    );
  });

  test("A token in the path that is not ours is refused; it neither goes up nor is logged", async (t) => {
    const { proxy, upstream, token, say } = await guarded(t);
    const heads: string[] = [];
    void answering(upstream, heads);
    const other = `${token.startsWith("A") ? "B" : "A"}${token.slice(1)}`;
    assert.equal(other.length, 43);
    const told = {
      wrong: await say(get(`/k/${other}/models?a=1`)),
      alone: await say(get(`/k/${other}`)),
      socket: await say(get(`/k/${other}/responses`, `Host: localhost\r\n${UPGRADE}`)),
      right: await say(get(`/k/${token}/models`)),
      short: await say(get("/k/short/models")),
    };
    assert.deepEqual(told, {
      wrong: [401, "token_required"],
      alone: [401, "token_required"],
      socket: [401, "token_required"],
      right: [200, undefined],
      short: [200, undefined],
    });
    assert.deepEqual(
      heads.map((head) => head.split(" ")[1]),
      ["/models", "/k/short/models"],
    );
    assert.ok(!proxy.log.text.includes(other.slice(1)), "the token was logged");
  });

  const smuggled: [string, string][] = [
    [
      "both lengths",
      "POST /x HTTP/1.1\r\nHost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    [
      "two lengths that differ",
      "POST /x HTTP/1.1\r\nHost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
    ],
    [
      "two lengths that agree",
      "POST /x HTTP/1.1\r\nHost: localhost\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\nhello",
    ],
    ["a length with a sign", "POST /x HTTP/1.1\r\nHost: localhost\r\ncontent-length: +5\r\n\r\nhello"],
    ["a space before the colon", "GET /x HTTP/1.1\r\nHost: localhost\r\nx-a : 1\r\n\r\n"],
    ["a folded field", "GET /x HTTP/1.1\r\nHost: localhost\r\nx-a: 1\r\n b\r\n\r\n"],
    ["bare line feeds", "GET /x HTTP/1.1\nHost: localhost\n\n"],
    ["a field name with a control byte", "GET /x HTTP/1.1\r\nHost: localhost\r\nx\x01: 1\r\n\r\n"],
    ["two hosts", "GET /x HTTP/1.1\r\nHost: localhost\r\nHost: evil.com\r\n\r\n"],
    [
      "a coding that is not chunked",
      "POST /x HTTP/1.1\r\nHost: localhost\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ],
    ["an upgrade by POST", `POST /responses HTTP/1.1\r\nHost: localhost\r\n${UPGRADE}\r\n`],
    [
      "an upgrade and a length",
      `GET /responses HTTP/1.1\r\nHost: localhost\r\n${UPGRADE}Content-Length: 29\r\n\r\nGET / HTTP/1.1\r\nHost: evil\r\n\r\n`,
    ],
    [
      "an upgrade and chunks",
      `GET /responses HTTP/1.1\r\nHost: localhost\r\n${UPGRADE}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["an absolute address of another scheme", "GET ftp://localhost/x HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["no path", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ];
  for (const [what, bytes] of smuggled) {
    test(`A request with ${what} is refused with 400 and never goes up`, async (t) => {
      const { upstream, say } = await guarded(t);
      assert.deepEqual([await say(bytes), upstream.lines.length], [[400, "invalid_prompt"], 0]);
    });
  }

  test("A client that is refused and resets its connection harms nobody", async (t) => {
    const { proxy, say } = await guarded(t);
    for (const bytes of [
      "CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /x HTTP/1.1\r\nHost: evil.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      "garbage\r\n\r\n",
    ]) {
      const client = await connect(t, proxy.port);
      client.send(bytes);
      await readMessage(client);
      client.reset();
      assert.deepEqual(await say(get("/_plus/health")), [200, undefined]);
    }
  });

  test("A bad chunk size ends the request on both sides", async (t) => {
    const { proxy, upstream } = await guarded(t);
    const client = await connect(t, proxy.port);
    client.send("POST /x HTTP/1.1\r\nHost: localhost\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n");
    await client.gone;
    await Promise.all(upstream.lines.map(({ gone }) => gone));
  });

  test("An absolute address that names us is served like its path, of which nothing is changed", async (t) => {
    const { upstream, say } = await guarded(t);
    const heads: string[] = [];
    void answering(upstream, heads);
    const paths = ["/x?a=b", "//y/../a%2e%2e/./b?x", "?a=b", ""];
    for (const path of paths) {
      const answer = await say(`GET http://localhost:3000${path} HTTP/1.1\r\nHost: localhost:3000\r\n\r\n`);
      assert.deepEqual(answer, [200, undefined]);
    }
    assert.deepEqual(
      heads.map((head) => head.split(" ")[1]),
      ["/x?a=b", "//y/../a%2e%2e/./b?x", "/?a=b", "/"],
    );
  });

  test("A head over the limit is refused with 413, in the fields or in the address", async (t) => {
    const { upstream, say } = await guarded(t, { limits: { headerBytes: 8192 } });
    assert.deepEqual(
      [
        await say(get("/x", `Host: localhost\r\nx: ${"x".repeat(9000)}\r\n`)),
        await say(get(`/${"x".repeat(9000)}`)),
        upstream.lines.length,
      ],
      [[413, "request_too_large"], [413, "request_too_large"], 0],
    );
  });

  test("A head that comes too slowly is refused; a stream that takes longer is left alone", async (t) => {
    const { proxy, upstream } = await guarded(t, { limits: { headMs: 100 } });
    const streaming = await connect(t, proxy.port);
    streaming.send(get("/x"));
    const line = await upstream.line();
    await line.through("\r\n\r\n");
    line.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    const slow = await connect(t, proxy.port);
    slow.send("GET /x HTTP/1.1\r\nHost: loc");
    const { start, body } = await readMessage(slow);
    await slow.gone;
    line.send("2\r\nok\r\n0\r\n\r\n");
    assert.deepEqual(
      [
        start,
        (JSON.parse(`${body}`) as { error: { code: string } }).error.code,
        `${(await readMessage(streaming)).body}`,
      ],
      ["HTTP/1.1 400 Bad Request", "invalid_prompt", "ok"],
    );
  });

  test("What is no HTTP, behind a request that is being answered, does not get into the answer", async (t) => {
    const { proxy, upstream } = await guarded(t);
    const client = await connect(t, proxy.port);
    client.send(get("/x"));
    const line = await upstream.line();
    await line.through("\r\n\r\n");
    line.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n");
    await client.through("ok\r\n");
    client.send("\x00\x01\x02 garbage\r\n\r\n");
    await line.gone;
    assert.equal(`${await client.rest()}`, "");
  });

  test("A refusal names its request, in the log and in the answer", async (t) => {
    const { proxy } = await guarded(t);
    const client = await connect(t, proxy.port);
    client.send(get("/x", "Host: evil.com\r\n"));
    const { headers } = await readMessage(client);
    const { id, status, code } = await proxy.logged(({ msg }) => msg === "turned away");
    assert.deepEqual([field(headers, "x-request-id"), status, code], [id, 403, "CP_HOST_REFUSED"]);
  });
});
