import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { TLSSocket } from "node:tls";
import { createHandshake } from "../../src/transport/tls/handshake.ts";
import { CODEX_HTTP, CODEX_WEBSOCKET, NATIVE, type TlsProfile } from "../../src/transport/tls/profiles.ts";
import { type CertificateName, connectorWith, greet, listening, mute, readAll } from "./server.ts";

const never = new AbortController().signal;
const PROFILES = [NATIVE, CODEX_HTTP, CODEX_WEBSOCKET];

function using(profile: TlsProfile) {
  return { profiles: { http: profile, websocket: profile } };
}

for (const profile of PROFILES) {
  test(`${profile.name} reaches a server of a trusted authority by name and by address, in TLS 1.3 and afresh each time`, async () => {
    await using server = await greet("server");
    const connector = connectorWith(using(profile));
    for (const host of ["localhost", "127.0.0.1", "localhost"]) {
      const socket = await connector.connect(new URL(`https://${host}:${server.port}`), "http", never);
      assert.ok(socket instanceof TLSSocket);
      assert.deepEqual(
        { trusted: socket.authorized, version: socket.getProtocol(), resumed: socket.isSessionReused() },
        { trusted: true, version: "TLSv1.3", resumed: false },
      );
      assert.equal(await readAll(socket), "hello");
    }
  });

  test(`${profile.name} refuses a certificate that is unknown, expired, for another name, or weak`, async () => {
    const refused = async (name: CertificateName, reason: RegExp, trusted = true) => {
      await using server = await greet(name);
      const connector = connectorWith({
        ...using(profile),
        ...(trusted ? {} : { handshake: createHandshake(undefined) }),
      });
      const origin = `https://localhost:${server.port}`;
      await assert.rejects(connector.connect(new URL(origin), "http", never), (error: Error & { code?: string }) => {
        assert.equal(error.code, "CP_UPSTREAM_TLS");
        assert.ok(error.message.startsWith(`${origin}: `), error.message);
        assert.match(error.message, reason);
        return true;
      });
    };
    await refused("server", /not signed by an authority trusted here$/, false);
    await refused("expired", /certificate has expired$/);
    await refused("other", /certificate is for another name$/);
    await refused("weak", /key of 1024 bits; less than 2048 is not safe$|key too weak$/);
    await refused("sha1", /signed with sha1\w*, which is not safe$|digest algorithm too weak$/);
  });
}

test("the socket comes ready and untouched: not reading, no delay, none of our listeners on it", async () => {
  await using server = await mute();
  const socket = await connectorWith().connect(new URL(`http://127.0.0.1:${server.port}`), "http", never);
  try {
    const listeners = ["data", "readable", "error", "connect", "timeout"].map((event) => socket.listenerCount(event));
    assert.deepEqual({ listeners, flowing: socket.readableFlowing }, { listeners: [0, 0, 0, 0, 0], flowing: null });
  } finally {
    socket.destroy();
  }
});

test("what goes wrong on the way is said in words, with a code for each kind", async () => {
  await using plain = await listening(net.createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
  await using rude = await listening(net.createServer((socket) => socket.resetAndDestroy()));
  const closed = await mute();
  await closed[Symbol.asyncDispose]();
  // A label this long cannot be asked for, so no question leaves the machine.
  const nowhere = `${"x".repeat(64)}.invalid`;
  const cases = {
    [`http://127.0.0.1:${closed.port}`]: ["CP_UPSTREAM_UNREACHABLE", "the connection was refused"],
    [`http://${nowhere}:${closed.port}`]: ["CP_UPSTREAM_DNS", "the name could not be found"],
    [`https://127.0.0.1:${plain.port}`]: ["CP_UPSTREAM_TLS", "the server does not speak TLS on this port"],
    [`https://127.0.0.1:${rude.port}`]: [
      "CP_UPSTREAM_UNREACHABLE",
      "the connection was closed while it was being set up",
    ],
  };
  for (const [origin, [code, reason]] of Object.entries(cases)) {
    await assert.rejects(connectorWith().connect(new URL(origin), "http", never), {
      code,
      message: `${origin}: ${reason}`,
    });
  }
});

test("a server that never shakes hands is given up after connectMs, and its connection is closed", async () => {
  await using server = await mute();
  const origin = `https://127.0.0.1:${server.port}`;
  await assert.rejects(connectorWith({ connectMs: 50 }).connect(new URL(origin), "http", never), {
    code: "CP_UPSTREAM_TIMEOUT",
    message: `${origin}: no connection within 50 ms`,
  });
  await closedBy(server.sockets[0]);
});

test("an abort during the handshake closes the connection at once", async () => {
  const server = net.createServer();
  await using listener = await listening(server);
  const stop = new AbortController();
  const origin = new URL(`https://127.0.0.1:${listener.port}`);
  const connecting = connectorWith().connect(origin, "http", stop.signal);
  await once(server, "connection");
  stop.abort();
  await assert.rejects(connecting, { name: "AbortError" });
  await closedBy(listener.sockets[0]);
  await assert.rejects(connectorWith().connect(origin, "http", stop.signal), { name: "AbortError" });
});

async function closedBy(socket: net.Socket | undefined): Promise<void> {
  assert.ok(socket);
  if (!socket.closed) await once(socket.resume(), "close");
}
