import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { HookModules } from "./modules/index.ts";
import { Sources } from "./sources.ts";
import type { AskTrust } from "./trust.ts";

const roots: string[] = [];
after(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

const GUARD = { PreToolUse: [{ hooks: [{ type: "command", command: "exit 2" }] }] };
const MODULE = 'import { defineHook } from "codex-plus";\nexport default defineHook({ PreToolUse() {} });\n';

/** A project without hooks, and a person with one. */
function laid(trust: AskTrust) {
  const root = mkdtempSync(join(tmpdir(), "codex-plus-sources-"));
  roots.push(root);
  const project = join(root, "project");
  for (const folder of ["plus", "claude", "managed", "project/.claude/hooks"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  writeFileSync(join(root, "claude", "settings.json"), JSON.stringify({ hooks: GUARD }));
  const homes = { plus: join(root, "plus"), claude: join(root, "claude"), user: root, managed: join(root, "managed") };
  return { project, hooks: join(project, ".claude", "hooks"), sources: new Sources(homes, new HookModules(), trust) };
}

const nobody: AskTrust = () => Promise.resolve("unknown");

test("what a project's files cannot be read for keeps no other hook from running", async () => {
  const odd: Readonly<Record<string, (project: string) => void>> = {
    "a hook that is a link to itself": (project) => symlinkSync("x.ts", join(project, ".claude/hooks/x.ts")),
    "a folder that is a link to itself": (project) => symlinkSync("hooks", join(project, ".codexplus")),
    "a hook that cannot be read": (project) => symlinkSync("/proc/self/mem", join(project, ".claude/hooks/x.ts")),
    "settings that are a link to themselves": (project) =>
      symlinkSync("settings.json", join(project, ".claude/settings.json")),
    "a hook beside a linked folder": (project) => {
      writeFileSync(join(project, ".claude/hooks/x.ts"), MODULE);
      symlinkSync("../..", join(project, ".claude/hooks/lib"));
    },
  };
  for (const [name, make] of Object.entries(odd)) {
    const { project, sources } = laid(nobody);
    make(project);
    if (name.startsWith("a folder")) symlinkSync(".codexplus", join(project, "hooks"));
    assert.ok(sources.known(project).length > 0, name);
    const { handlers } = await sources.of(project);
    assert.deepEqual(
      handlers.map(({ layer }) => layer),
      ["user"],
      name,
    );
  }
});

test("whatever a hook may load from its folder is part of what is trusted", async () => {
  const digests: string[] = [];
  const { project, hooks, sources } = laid((_, digest) => {
    digests.push(digest);
    return Promise.resolve("trusted");
  });
  writeFileSync(join(hooks, "guard.ts"), MODULE);
  for (let index = 0; index < 205; index += 1) writeFileSync(join(hooks, `h${1000 + index}.json`), "{}");
  await sources.of(project);
  writeFileSync(join(hooks, "large.js"), " ".repeat(2 * 1024 * 1024));
  await sources.of(project);
  writeFileSync(join(hooks, "z.ts"), "export const last = 1;");
  await sources.of(project);
  assert.equal(new Set(digests).size, 3);
});

test("a hook beside a linked folder cannot be trusted, and the person is told", async () => {
  const { project, hooks, sources } = laid(() => Promise.resolve("trusted"));
  writeFileSync(join(hooks, "guard.ts"), MODULE);
  symlinkSync("../..", join(hooks, "lib"));
  const { handlers, problems } = await sources.of(project);
  assert.equal(handlers.length, 1);
  assert.match(problems[0]?.what ?? "", /cannot be trusted.*is a link to a folder/);
});
