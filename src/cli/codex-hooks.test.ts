import assert from "node:assert/strict";
import { test } from "node:test";
import { FROM_FLAGS, fingerprintOf, labelOf, NATIVE_EVENTS, tables } from "../hooks/native/registration.ts";
import { codexHooks } from "./codex-hooks.ts";
import { parseToml } from "./setup/edit.ts";

const FILE = "/home/me/.codex/config.toml";
const PROGRAM = "/home/me/.codexplus/bin/hook";
const approved = (source: string, group = 0) =>
  NATIVE_EVENTS.map((event) => {
    const key = `${source}:${labelOf(event)}:${group}:0`;
    return `[hooks.state.${JSON.stringify(key)}]\ntrusted_hash = "${fingerprintOf(event, PROGRAM)}"\n`;
  }).join("");
const read = (text: string) => codexHooks(parseToml(text), FILE, PROGRAM);

test("what was approved for runs holds for runs, what stands in the file is approved by its own place", () => {
  assert.deepEqual(
    [read(""), read(approved(FROM_FLAGS)), read(tables(PROGRAM)), read(tables(PROGRAM) + approved(FILE))],
    [
      { registered: false, waiting: NATIVE_EVENTS },
      { registered: false, waiting: [] },
      { registered: true, waiting: NATIVE_EVENTS },
      { registered: true, waiting: [] },
    ],
  );
});

test("hooks of the person's own before ours move our place; a new fingerprint or a switch waits", () => {
  const own = NATIVE_EVENTS.map((event) => `[[hooks.${event}]]\nhooks = [{type="command",command="mine"}]\n`).join("");
  assert.deepEqual(read(own + tables(PROGRAM) + approved(FILE, 1)), { registered: true, waiting: [] });
  const text = tables(PROGRAM) + approved(FILE);
  const changed = text.replace(fingerprintOf("PreToolUse", PROGRAM), "sha256:other");
  assert.deepEqual(read(changed).waiting, ["PreToolUse"]);
  const off = text.replace(/(session_end[^\n]*\n)/, "$1enabled = false\n");
  assert.deepEqual(read(off).waiting, ["SessionEnd"]);
});
