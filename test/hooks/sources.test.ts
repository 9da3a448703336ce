/** Where hooks come from, which of them are in force, and what a project's have to be trusted for. */
import assert from "node:assert/strict";
import { rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { HookInput, HookSet } from "../../src/hooks/hook.ts";
import { type Bench, bench, type Laid } from "./bench.ts";

const PROJECT = ".claude/settings.json";
const LOCAL = ".claude/settings.local.json";
const USER = "<HOME>/.claude/settings.json";
const MANAGED = "<MANAGED>/managed-settings.json";

const hooks = (command: string, more: object = {}) => ({
  hooks: { UserPromptSubmit: [{ hooks: [{ type: "command", command }] }] },
  ...more,
});

async function submit(here: Bench): Promise<readonly string[]> {
  const input: HookInput = { session_id: "s", transcript_path: "t", cwd: here.start, prompt: "hello" };
  const where = { project: here.start, signal: new AbortController().signal };
  const { context } = await here.hooks.fire("UserPromptSubmit", input, where);
  return context.map((text) => text.replace("UserPromptSubmit hook success: ", ""));
}

const names = ({ handlers }: HookSet): string[] => handlers.map(({ name }) => name);

/** A bench that trusts what it is told to, by content. */
async function wary(t: TestContext, laid: Laid) {
  const trusted = new Map<string, string>();
  const here = await bench(t, {
    ...laid,
    trust: (file, digest) => {
      const known = trusted.get(file);
      return known === undefined ? "unknown" : known === digest ? "trusted" : "changed";
    },
  });
  const untrusted = async () =>
    (await here.hooks.set(here.start)).untrusted.map(({ file, changed }) => [here.masked(file), changed]);
  const trust = async (): Promise<void> => {
    for (const { file, digest } of (await here.hooks.set(here.start)).untrusted) trusted.set(file, digest);
  };
  return { here, trust, untrusted };
}

test("all layers run, in the order of their rank; ours come with them", async (t) => {
  const here = await bench(t, {
    settings: {
      [MANAGED]: hooks("echo managed"),
      "<MANAGED>/managed-settings.d/20.json": hooks("echo managed 20"),
      "<MANAGED>/managed-settings.d/10.json": hooks("echo managed 10"),
      [LOCAL]: hooks("echo local"),
      [PROJECT]: hooks("echo project"),
      [USER]: hooks("echo user"),
      ".codexplus/settings.json": hooks("echo plus project"),
      "<HOME>/.codexplus/settings.json": hooks("echo plus user"),
    },
  });
  assert.deepEqual(await submit(here), [
    "managed",
    "managed 10",
    "managed 20",
    "local",
    "project",
    "user",
    "plus project",
    "plus user",
  ]);
});

test("settings are read again when they change, and when they come and go", async (t) => {
  const here = await bench(t, {});
  assert.deepEqual([here.hooks.listens(here.start, "UserPromptSubmit"), await submit(here)], [false, []]);
  const path = await here.write(PROJECT, hooks("echo one"));
  assert.deepEqual(await submit(here), ["one"]);
  await here.write(PROJECT, hooks("echo two"));
  assert.deepEqual(await submit(here), ["two"]);
  await here.write(PROJECT, "{ broken");
  assert.deepEqual(await submit(here), []);
  const { problems } = await here.hooks.set(here.start);
  assert.match(problems[0]?.what ?? "", /^none of its hooks runs: it is not JSON/);
  await rm(path);
  assert.equal(here.hooks.listens(here.start, "UserPromptSubmit"), false);
});

test("an administrator's hooks are switched off by an administrator only, who can switch off all others", async (t) => {
  const settings = { [MANAGED]: hooks("echo managed"), [USER]: hooks("echo user"), [PROJECT]: hooks("echo project") };
  const off = await bench(t, { settings: { ...settings, [USER]: hooks("echo user", { disableAllHooks: true }) } });
  assert.deepEqual(await submit(off), ["managed"]);
  const only = { ...settings, [MANAGED]: hooks("echo managed", { allowManagedHooksOnly: true }) };
  assert.deepEqual(await submit(await bench(t, { settings: only })), ["managed"]);
  const none = { ...settings, [MANAGED]: hooks("echo managed", { disableAllHooks: true }) };
  const here = await bench(t, { settings: none });
  assert.deepEqual([await submit(here), here.hooks.events(here.start).size], [[], 0]);
});

test("a project's hooks run when they are trusted, and no longer when a script that they name has changed", async (t) => {
  const { here, trust, untrusted } = await wary(t, {
    settings: { [PROJECT]: hooks('"$CLAUDE_PROJECT_DIR"/.claude/hooks/say.sh'), [USER]: hooks("echo user") },
    files: { ".claude/hooks/say.sh": "#!/bin/sh\necho one\n" },
  });
  assert.deepEqual([await submit(here), await untrusted()], [["user"], [[`<PROJ>/${PROJECT}`, false]]]);
  await trust();
  assert.deepEqual([await submit(here), await untrusted()], [["one", "user"], []]);
  await here.write(".claude/hooks/say.sh", "#!/bin/sh\necho two\n");
  assert.deepEqual([await submit(here), await untrusted()], [["user"], [[`<PROJ>/${PROJECT}`, true]]]);
  await here.write(".claude/hooks/say.sh", "#!/bin/sh\necho one\n");
  assert.deepEqual(await submit(here), ["one", "user"]);
});

const NAMED: readonly (readonly [how: string, command: string, args?: readonly string[]])[] = [
  ["by a path from the folder", "sh tools/hook.sh"],
  ["in quotes, with a space", 'sh "tools/my hook.sh"'],
  ["by the project's variable in quotes, with a space", 'sh "$CLAUDE_PROJECT_DIR/tools/my hook.sh"'],
  ["by the variable in braces", `sh \${CLAUDE_PROJECT_DIR}/tools/hook.sh`],
  ["inside another shell", `bash -c 'cd . && sh tools/hook.sh'`],
  ["with an absolute path", "sh <PROJ>/tools/hook.sh"],
  ["as an argument", "sh", [`\${CLAUDE_PROJECT_DIR}/tools/my hook.sh`]],
  ["through a link", "sh tools/link.sh"],
];

for (const [how, command, args] of NAMED) {
  test(`a script that is named ${how} is part of what is trusted`, async (t) => {
    const handler = { type: "command", command, ...(args && { args }) };
    const { here, trust, untrusted } = await wary(t, {
      settings: { [PROJECT]: { hooks: { UserPromptSubmit: [{ hooks: [handler] }] } } },
      files: { "tools/hook.sh": "echo one\n", "tools/my hook.sh": "echo one\n" },
    });
    await writeFile(join(here.root, "elsewhere.sh"), "echo one\n");
    await symlink(join(here.root, "elsewhere.sh"), join(here.start, "tools/link.sh"));
    await trust();
    assert.deepEqual(await submit(here), ["one"]);
    for (const file of ["tools/hook.sh", "tools/my hook.sh"]) await here.write(file, "echo two\n");
    await writeFile(join(here.root, "elsewhere.sh"), "echo two\n");
    assert.deepEqual([await submit(here), await untrusted()], [[], [[`<PROJ>/${PROJECT}`, true]]]);
  });
}

test("a script in the place of another, or a link in its place, is another one", async (t) => {
  const { here, trust, untrusted } = await wary(t, {
    settings: { [PROJECT]: hooks("sh hook.sh") },
    files: { "hook.sh": "echo one\n", "other.sh": "echo two\n" },
  });
  await trust();
  await rename(join(here.start, "hook.sh"), join(here.start, "old.sh"));
  assert.equal((await untrusted()).length, 1);
  await symlink(join(here.start, "other.sh"), join(here.start, "hook.sh"));
  assert.equal((await untrusted()).length, 1);
  await rm(join(here.start, "hook.sh"));
  await symlink(join(here.start, "old.sh"), join(here.start, "hook.sh"));
  assert.deepEqual([await untrusted(), await submit(here)], [[], ["one"]]);
});

test("programs outside the project are a person's own, and no part of it", async (t) => {
  const { here, trust } = await wary(t, { settings: { [PROJECT]: hooks("sh ../own.sh") } });
  await writeFile(join(here.start, "../own.sh"), "echo one\n");
  await trust();
  await writeFile(join(here.start, "../own.sh"), "echo two\n");
  assert.deepEqual(await submit(here), ["two"]);
});

test("a project nobody trusts neither switches off a person's hooks nor gives them variables", async (t) => {
  const say = 'echo "[$NAME] $PATH"';
  const { here, trust } = await wary(t, {
    settings: {
      [USER]: hooks(say),
      [PROJECT]: hooks("echo project", { env: { NAME: "project", PATH: "/nowhere" } }),
    },
  });
  assert.deepEqual(await submit(here), [`[] ${process.env.PATH}`]);
  await trust();
  assert.deepEqual(await submit(here), ["project", "[project] /nowhere"]);
  await here.write(LOCAL, { disableAllHooks: true });
  assert.deepEqual(await submit(here), [`[] ${process.env.PATH}`], "another switch is another content");
  await trust();
  assert.deepEqual([await submit(here), names(await here.hooks.set(here.start))], [[], []]);
  await rm(join(here.start, PROJECT));
  assert.deepEqual(await submit(here), [`[] ${process.env.PATH}`], "switches alone are nothing to be trusted");
});

test("who works in the home folder has one file for both, and trusts it", async (t) => {
  const { here } = await wary(t, { settings: { [USER]: hooks("echo mine") } });
  const { handlers, untrusted } = await here.hooks.set(here.home);
  assert.deepEqual([handlers.map(({ layer }) => layer), untrusted], [["user"], []]);
});

test("a session's first hooks may leave variables for it; the folder is the person's alone", async (t) => {
  const here = await bench(t, {
    settings: {
      [USER]: {
        hooks: {
          SessionStart: [
            {
              hooks: [{ type: "command", command: 'echo "export A=1" >> "$CLAUDE_ENV_FILE"; echo "$CLAUDE_ENV_FILE"' }],
            },
          ],
          UserPromptSubmit: [{ hooks: [{ type: "command", command: `echo "\${CLAUDE_ENV_FILE-none}"` }] }],
        },
      },
    },
  });
  const input: HookInput = { session_id: "../s", transcript_path: "t", cwd: here.start, source: "startup" };
  const where = { project: here.start, signal: new AbortController().signal };
  const { context } = await here.hooks.fire("SessionStart", input, where);
  const file = "<HOME>/.codexplus/hook-files/sessions/__s-171a855c/sessionstart-hook-1.sh";
  assert.deepEqual(context.map(here.masked), [`SessionStart:startup hook success: ${file}`]);
  assert.deepEqual(await submit(here), ["none"]);
});
