import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../src/log.ts";
import { createTransport } from "../../src/transport/index.ts";
import { CODEX_CUSTOM_CA, CODEX_HTTP, CODEX_WEBSOCKET } from "../../src/transport/tls/profiles.ts";
import { listenForHellos } from "./hellos.ts";
import { helloOfCodex, type Wire } from "./real-codex.ts";
import { CA_FILE, connectorWith } from "./server.ts";

const log = createLogger("silent");

/** The JA4 of what a transport of ours shows to https://localhost. */
async function helloOf(name: "codex" | "native" | "auto", wire: Wire): Promise<string> {
  const transport = createTransport({ name, connectMs: 10_000, log });
  const hellos = await listenForHellos();
  const to = { origin: new URL(`https://localhost:${hellos.port}`), path: "/" };
  const host = ["host", to.origin.host];
  const send = () =>
    wire === "http"
      ? new Promise((resolve) =>
          transport.request(
            { to, method: "GET", headers: host, body: undefined },
            { head: () => "payload", data: () => true, end: resolve, fail: resolve },
          ),
        )
      : transport.upgrade({ to, method: "GET", headers: host }, new AbortController().signal).catch(() => {});
  try {
    await send();
    return await hellos.first;
  } finally {
    transport.close();
    await hellos.close();
  }
}

for (const name of ["codex", "auto"] as const) {
  test(`${name} shows the hello that was recorded from Codex, for HTTP and for WebSockets`, async () => {
    assert.equal(await helloOf(name, "http"), CODEX_HTTP.ja4);
    assert.equal(await helloOf(name, "websocket"), CODEX_WEBSOCKET.ja4);
  });
}

test("native shows another hello than Codex", async () => {
  assert.notEqual(await helloOf("native", "http"), CODEX_HTTP.ja4);
});

for (const wire of ["http", "websocket"] as const) {
  test(`codex shows the hello of the real Codex CLI for ${wire}`, async () => {
    assert.equal(await helloOf("codex", wire), await helloOfCodex(wire));
  });
}

test("the profile for a custom authority is that of the real Codex CLI", async () => {
  const hellos = await listenForHellos();
  const connector = connectorWith({ profiles: { http: CODEX_CUSTOM_CA, websocket: CODEX_CUSTOM_CA } });
  const origin = new URL(`https://localhost:${hellos.port}`);
  await assert.rejects(connector.connect(origin, "http", new AbortController().signal));
  const ours = await hellos.first;
  await hellos.close();
  assert.equal(ours, CODEX_CUSTOM_CA.ja4);
  for (const variable of ["CODEX_CA_CERTIFICATE", "SSL_CERT_FILE"]) {
    assert.equal(await helloOfCodex("http", { [variable]: CA_FILE }), ours, variable);
  }
});
