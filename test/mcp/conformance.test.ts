/** The official conformance suite against the gateway: all of its scenarios for servers. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { openGate } from "./gate.ts";
import { memoryRoom } from "./memory-room.ts";
import { suiteServer } from "./suite-server.ts";

const BIN = join(import.meta.dirname, "../../node_modules/@modelcontextprotocol/conformance/dist/index.js");

/** Scenario and checks that it has passed, as version 0.1.16 of the suite has them. */
const SCENARIOS = {
  "server-initialize": 1,
  "logging-set-level": 1,
  ping: 1,
  "completion-complete": 1,
  "tools-list": 1,
  "tools-call-simple-text": 1,
  "tools-call-image": 1,
  "tools-call-audio": 1,
  "tools-call-embedded-resource": 1,
  "tools-call-mixed-content": 1,
  "tools-call-with-logging": 1,
  "tools-call-error": 1,
  "tools-call-with-progress": 1,
  "tools-call-sampling": 1,
  "tools-call-elicitation": 1,
  "json-schema-2020-12": 4,
  "elicitation-sep1034-defaults": 5,
  "server-sse-polling": 2,
  "server-sse-multiple-streams": 2,
  "elicitation-sep1330-enums": 5,
  "resources-list": 1,
  "resources-read-text": 1,
  "resources-read-binary": 1,
  "resources-templates-read": 1,
  "resources-subscribe": 1,
  "resources-unsubscribe": 1,
  "prompts-list": 1,
  "prompts-get-simple": 1,
  "prompts-get-with-args": 1,
  "prompts-get-embedded-resource": 1,
  "prompts-get-with-image": 1,
  "dns-rebinding-protection": 2,
};

test("a server behind the gateway passes every scenario of the conformance suite", { timeout: 60_000 }, async (t) => {
  const room = await memoryRoom({ suite: suiteServer() });
  const gate = await openGate(room);
  t.after(async () => {
    await gate.close();
    await room.close();
  });
  const args = [BIN, "server", "--suite", "all", "--url", String(gate.url("suite"))];
  const said = await new Promise<string>((resolve) => execFile(process.execPath, args, (_error, out) => resolve(out)));
  const summary = said.slice(said.indexOf("=== SUMMARY ==="));
  const results = [...summary.matchAll(/^(.) ([\w-]+): (\d+) passed, (\d+) failed/gm)];
  assert.deepEqual(
    results.map(([, mark, name, passed, failed]) => [mark, name, Number(passed), Number(failed)]),
    Object.entries(SCENARIOS).map(([name, passed]) => ["✓", name, passed, 0]),
  );
});
