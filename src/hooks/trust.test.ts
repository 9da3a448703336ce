import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Handler } from "./hook.ts";
import { digestOf } from "./trust.ts";

const project = mkdtempSync(join(tmpdir(), "codex-plus-trust-"));
after(() => rmSync(project, { recursive: true }));
const hooks = join(project, ".claude", "hooks");
mkdirSync(hooks, { recursive: true });

const handler: Handler = {
  event: "PreToolUse",
  matcher: undefined,
  kind: "command",
  name: "cd .claude/hooks && ./guard",
  file: join(project, ".claude", "settings.json"),
  layer: "project",
  timeoutMs: undefined,
  options: {},
};
const digest = (): string => digestOf([handler], project, "");

test("programs of the hooks folder are part of what is trusted, named or not; what hooks write there is none", () => {
  writeFileSync(join(hooks, "guard"), "exit 0");
  writeFileSync(join(hooks, "helper.py"), "pass");
  const first = digest();
  for (const name of ["guard.log", "state.json", "notes.txt", ".lock"])
    writeFileSync(join(hooks, name), String(Date.now()));
  assert.equal(digest(), first);
  writeFileSync(join(hooks, "helper.py"), "import evil");
  const second = digest();
  assert.notEqual(second, first);
  writeFileSync(join(hooks, "guard"), "exit 2");
  assert.notEqual(digest(), second);
});
