import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../log.ts";
import { createTransport, type TransportOptions } from "./index.ts";

function make(name: TransportOptions["name"], caFile?: string) {
  return createTransport({ name, connectMs: 1000, caFile, log: createLogger("silent") });
}

test("each transport has its name, knows whether it carries WebSockets, and tells which handshakes it shows", () => {
  const http = "codex-http (codex 0.169.0) t13d301100_1d37bd780c83_8e6e362c5eac";
  const websocket = "codex-websocket (codex 0.169.0) t13d101000_61a7ad8aa9b6_0d308c48d2a3";
  const stock = `native (node ${process.versions.node})`;
  const found = (["auto", "codex", "native", "chrome"] as const).map((name) => {
    const transport = make(name);
    transport.close();
    return { name: transport.name, websocket: transport.websocket, report: transport.describe() };
  });
  assert.deepEqual(found, [
    { name: "auto", websocket: true, report: { name: "auto", handshakes: { http, websocket }, challenged: [] } },
    { name: "codex", websocket: true, report: { name: "codex", handshakes: { http, websocket }, challenged: [] } },
    {
      name: "native",
      websocket: true,
      report: { name: "native", handshakes: { http: stock, websocket: stock }, challenged: [] },
    },
    {
      name: "chrome",
      websocket: false,
      report: { name: "chrome", handshakes: { http: "chrome151", websocket: undefined }, challenged: [] },
    },
  ]);
});

test("a CA file that cannot be used is told when the transport is made, not when it is used", () => {
  for (const name of ["auto", "codex", "native"] as const) {
    assert.throws(() => make(name, "/nonexistent/ca.pem"), { code: "CP_CONFIG_INVALID" });
  }
});
