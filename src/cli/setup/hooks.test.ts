import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { NATIVE_EVENTS } from "../../hooks/native/registration.ts";
import { planSetup, planUndo } from "./change.ts";
import { parseToml } from "./edit.ts";
import { addHooks, hookLines, removeHooks } from "./hooks.ts";

const PROGRAM = "/home/me/.codexplus/bin/hook";
const URL = "http://127.0.0.1:3000";

test("tables are added behind whatever a file holds, and taken out again to the byte", () => {
  for (const text of [
    "",
    "a = 1",
    "# mine\r\na = 1\r\n[t]\r\nb = 2\r\n",
    '[[hooks.PreToolUse]]\nhooks = [{ type = "command", command = "mine" }]\n\n[hooks.state]\n',
    'hooks.state."x".enabled = true\n[features]\nhooks = true\n',
  ]) {
    const after = addHooks(text, PROGRAM) ?? "";
    assert.ok(after.startsWith(text));
    const hooks = parseToml(after).hooks as Record<string, unknown>;
    assert.deepEqual(
      NATIVE_EVENTS.filter((event) => hooks[event] === undefined),
      [],
    );
    assert.equal(removeHooks(after, hookLines(text, PROGRAM)), text);
  }
});

test("hooks written as values cannot be followed by tables, and are left to their owner", () => {
  for (const text of ["hooks = {}", 'hooks.PreToolUse = [{hooks=[{type="command",command="mine"}]}]']) {
    assert.equal(addHooks(text, PROGRAM), undefined);
  }
});

test("setup with hooks goes back to what was there, whatever Codex and others wrote meanwhile", async () => {
  const folder = await mkdtemp(join(tmpdir(), "codex-plus-"));
  try {
    const [file, state] = [join(folder, "config.toml"), join(folder, "plus", "setup.json")];
    const text = () => readFile(file, "utf8");
    await writeFile(file, "a = 1\n");
    await (await planSetup(folder, state, URL))?.carryOut();
    await (await planSetup(folder, state, URL, PROGRAM))?.carryOut();
    assert.equal(await planSetup(folder, state, URL, PROGRAM), undefined);
    const written = await text();
    assert.match(
      written,
      /^openai_base_url[\s\S]*a = 1\n\n# added by codex-plus: hooks[\s\S]*\[\[hooks\.SessionEnd\]\]/,
    );
    await (await planUndo(state))?.carryOut();
    assert.equal(await text(), "a = 1\n");

    await (await planSetup(folder, state, URL, PROGRAM))?.carryOut();
    await writeFile(file, `${await text()}\n[hooks.state]\n`);
    await (await planUndo(state))?.carryOut();
    assert.equal(await text(), "a = 1\n\n[hooks.state]\n");
  } finally {
    await rm(folder, { recursive: true });
  }
});
