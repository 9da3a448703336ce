import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "smol-toml";
import { commandLine, fingerprintOf, labelOf, NATIVE_EVENTS, overrides, tables } from "./registration.ts";

test("the fingerprint is the one that Codex 0.169 shows for the same handler", () => {
  assert.deepEqual(
    [fingerprintOf("PreToolUse", "/x/bin/hook"), fingerprintOf("SessionEnd", "/y/bin/hook")],
    [
      "sha256:00a807bdc0bf3108e4b0533b022d31774560bb38f59fa7663b2cc27bcb5b1d5a",
      "sha256:013cc5c160340b7ec611a983f942a99060ddd510a51799d96743611d52df5bff",
    ],
  );
});

test("arguments of a run and tables of a file say the same", () => {
  const program = "/home/o'neil/my hooks/hook";
  const flags = overrides(program).filter((arg) => arg !== "-c");
  const byFlags = flags.map((flag) => parse(flag).hooks as Record<string, unknown>);
  assert.deepEqual({ ...Object(parse(tables(program)).hooks) }, Object.assign({}, ...byFlags));
  assert.deepEqual(Object.keys(Object.assign({}, ...byFlags)), NATIVE_EVENTS);
});

test("a path is quoted for the shell only where it has to be", () => {
  assert.deepEqual(
    [
      commandLine("/home/me/.codexplus/bin/hook", "linux"),
      commandLine("/a b/o'c", "linux"),
      commandLine("C:\\a b\\hook.cmd", "win32"),
    ],
    ["/home/me/.codexplus/bin/hook", "'/a b/o'\\''c'", '"C:\\a b\\hook.cmd"'],
  );
});

test("events are named in Codex's keys as Codex names them", () => {
  assert.deepEqual(NATIVE_EVENTS.map(labelOf), [
    "pre_tool_use",
    "permission_request",
    "post_tool_use",
    "subagent_start",
    "subagent_stop",
    "session_end",
  ]);
});
