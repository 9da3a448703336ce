import assert from "node:assert/strict";
import { test } from "node:test";
import type { Catalog } from "../discover.ts";
import { type Builtin, type BuiltinCall, table } from "./builtin.ts";
import { help } from "./help.ts";
import { type Recording, status } from "./status.ts";

const NO_COMMANDS: Catalog = {
  commands: new Map(),
  problems: [{ file: "x.md", line: 3, message: "bad YAML" }],
  roots: [],
};

function callWith(args: string, more: Partial<BuiltinCall> = {}): BuiltinCall {
  return {
    args,
    thread: "01a2-thread",
    request: "r-1",
    model: "gpt-6",
    cwd: "/work",
    catalog: () => Promise.resolve(NO_COMMANDS),
    ...more,
  };
}

test("/help lists what there is, what is broken, and tells of one command", async () => {
  const list: Builtin[] = [help(() => list)];
  const [command] = list;
  assert.ok(command);
  const text = String(await command.run(callWith("")));
  assert.match(text, /`\/help \[name\]`/);
  assert.match(text, /x\.md:3: bad YAML/);
  assert.match(String(await command.run(callWith("//help"))), /^`\/help \[name\]`/);
  assert.match(String(await command.run(callWith("nothing"))), /no command \/nothing/);
});

test("/status tells tokens, the cached share and when limits begin anew", async () => {
  const facts = {
    version: "1.0.0",
    url: "http://127.0.0.1:3000",
    upstream: "https://chatgpt.com",
    transport: "auto",
    startedAt: 0,
    usage: () => ({ turns: 3, input: 20_000, cached: 15_000, output: 900 }),
    limits: () => [{ name: "primary, 5 h", usedPercent: 42, resetsAt: 1_795_400_000 }],
    recording: () => ({ trouble: "disk full", legs: 7, dropped: 2, lost: 1 }),
    hooks: () => [{ outcome: "ok" }, { outcome: "timeout" }],
    servers: () => Promise.resolve([{ state: "ready" }, { state: "idle" }, { state: "login" }]),
  };
  const text = String(
    await status(
      () => facts,
      () => 3_900_000,
    ).run(callWith("")),
  );
  assert.match(text, /\| turns \| 3 \|/);
  assert.match(text, /\| tokens \| 20k in \(75% cached\), 900 out \|/);
  assert.match(text, /\| limit: primary, 5 h \| 42% used, resets 2026-11-23 02:13 UTC \|/);
  assert.match(text, /up 1 h 5 min/);
  assert.match(text, /\| hooks \| 1 of the last 2 failed: \/\/hooks tells why \|/);
  assert.match(text, /\| MCP \| 3 servers, 1 running, 1 waiting for a login: \/\/mcp tells more \|/);
  const told = async (recording: Recording | undefined): Promise<string | undefined> =>
    /\| recording \| (.*) \|/.exec(
      String(await status(() => ({ ...facts, recording: () => recording })).run(callWith(""))),
    )?.[1];
  assert.deepEqual(
    [
      await told(facts.recording()),
      await told({ trouble: undefined, legs: 1, dropped: 0, lost: 0 }),
      await told(undefined),
    ],
    [
      "not for now: disk full (7 requests, 2 without their text, as too much came at once, 1 lost)",
      "on: 1 request",
      "off (sessions.record)",
    ],
  );
});

test("tables keep their columns", () => {
  assert.equal(table(["a"], [["b|c"]]), "| a |\n| --- |\n| b\\|c |");
});
