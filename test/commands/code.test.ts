/** Modules, executables and shell: what they get, what becomes of what they say, and that none outlives its time. */
import assert from "node:assert/strict";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { parseCommand } from "../../src/commands/index.ts";
import { folders } from "./folders.ts";

const COMMANDS = ".codexplus/commands";

test("a module is given its call and answers in text, or gives a prompt", async (context) => {
  const { write, type, project } = await folders(context);
  await write("package.json", '{"type": "commonjs"}');
  await write(`${COMMANDS}/plain.js`, "export default { run: () => 'plain' };");
  await write(`${COMMANDS}/_shared.ts`, "export const mark: string = '!';");
  await write(
    `${COMMANDS}/echo.ts`,
    `import { defineCommand } from "codex-plus"; import { mark } from "./_shared.ts";
     export default defineCommand({ run: (input) => { console.log("noise"); return JSON.stringify(input) + mark; } });`,
  );
  await write(`${COMMANDS}/ask.mjs`, "export default { run: async ({ argv }) => ({ prompt: argv.join('+') }) };");
  const echoed = await type(`/echo a "b c"`);
  const input = { args: `a "b c"`, argv: ["a", "b c"], cwd: project, session: "thread-1", command: "echo" };
  assert.deepEqual(
    [await type("/plain"), echoed, await type("/ask 1 2")],
    [
      { kind: "answer", text: "plain" },
      { kind: "answer", text: `${JSON.stringify(input)}!` },
      { kind: "prompt", parts: ["1+2"], attached: [] },
    ],
  );
});

test("a module that throws, hangs, exits, or answers nonsense is refused with the reason", async (context) => {
  const { write, type } = await folders(context);
  const bodies: Record<string, string> = {
    throws: "export default { run() { throw new Error('no luck') } };",
    hangs: "export default { run() { for (;;); } };",
    waits: "export default { run: () => new Promise(() => setInterval(() => {}, 1000)) };",
    exits: "export default { run() { process.exit(0) } };",
    nonsense: "export default { run: () => 7 };",
    empty: "export const x = 1;",
    broken: "export default {",
  };
  const said: Record<string, string> = {};
  for (const [name, body] of Object.entries(bodies)) {
    const file = await write(`${COMMANDS}/${name}.mjs`, body);
    const result = await type(`/${name}`, { timeoutMs: 1000 });
    assert.equal(result?.kind, "refused", name);
    said[name] = result.text.replace(`/${name}: ${file} `, "");
  }
  assert.deepEqual(
    { ...said, broken: said.broken?.startsWith("failed: ") },
    {
      throws: "failed: no luck",
      hangs: "was ended after 1 s",
      waits: "was ended after 1 s",
      exits: "ended without an answer",
      nonsense: "must return a string, { answer } or { prompt }",
      empty: "failed: it has no `export default defineCommand({ run })`",
      broken: true,
    },
  );
});

test("an executable gets JSON on its input; its text is the answer, its JSON an answer or a prompt", async (context) => {
  const { write, type, project } = await folders(context);
  await write(`${COMMANDS}/cat.sh`, "cat");
  await write(`${COMMANDS}/ask`, `#!/bin/sh\necho '{"prompt": "do it"}'\n`, 0o755);
  await write(`${COMMANDS}/json.sh`, `echo '{"other": 1}'`);
  await write(`${COMMANDS}/fails.sh`, "echo partly; echo 'no luck' >&2; exit 3");
  const input = { args: "x y", argv: ["x", "y"], cwd: project, session: "thread-1", command: "cat" };
  assert.deepEqual(
    [await type("/cat x y"), await type("/ask"), await type("/json"), await type("/fails")],
    [
      { kind: "answer", text: JSON.stringify(input) },
      { kind: "prompt", parts: ["do it"], attached: [] },
      { kind: "answer", text: '{"other": 1}' },
      { kind: "refused", text: `/fails: ${project}/${COMMANDS}/fails.sh ended with code 3:\nno luck` },
    ],
  );
});

test("an executable that hangs is ended with everything it started", async (context) => {
  const { write, type, project } = await folders(context);
  await write(`${COMMANDS}/hang.sh`, "sleep 600 & echo $! > child; echo $$ > self; wait");
  const result = await type("/hang", { timeoutMs: 1000 });
  assert.deepEqual(result, { kind: "refused", text: `/hang: ${project}/${COMMANDS}/hang.sh was ended after 1 s` });
  for (const name of ["self", "child"]) await gone(Number(await readFile(join(project, name), "utf8")));
});

test("what a shell block leaves in the background goes with it, and a client that leaves ends it", async (context) => {
  const { write, type, project, room } = await folders(context);
  await write(
    ".claude/commands/bg.md",
    "---\nallowed-tools: Bash\n---\n!`sleep 600 > /dev/null 2>&1 & echo $! > child`",
  );
  await type("/bg");
  await gone(Number(await readFile(join(project, "child"), "utf8")));
  await write(".claude/commands/slow.md", "---\nallowed-tools: Bash\n---\n!`sleep 600`");
  const call = parseCommand("/slow");
  assert.ok(call);
  const leaving = new AbortController();
  const running = room().run(call, { cwd: project, session: "", signal: leaving.signal });
  leaving.abort();
  assert.deepEqual(await running, {
    kind: "refused",
    text: 'Shell command failed for pattern "!`sleep 600`": it was ended: the client has gone',
  });
});

test("a project's code runs only when it is trusted as it is; home code and plain text always", async (context) => {
  const { write, project, room } = await folders(context);
  const shell = await write(".claude/commands/shell.md", "!`pwd`");
  const module = await write(`${COMMANDS}/module.ts`, "export default { run: () => 'ran' };");
  await write(`${COMMANDS}/_helper.ts`, "1");
  await write(".claude/commands/text.md", "text");
  await write("~/.claude/commands/mine.md", "mine !`echo ran`");
  const asked = new Map<string, string[]>();
  const commands = room({}, (file, digest) => {
    asked.set(file, [...(asked.get(file) ?? []), digest]);
    return "unknown";
  });
  const kinds = async () => {
    const found: string[] = [];
    for (const name of ["shell", "module", "text", "mine"]) {
      const result = await commands.run({ mark: "/", name, args: "" }, { cwd: project, session: "" });
      found.push(`${name} ${result?.kind}`);
    }
    return found;
  };
  const expected = ["shell refused", "module refused", "text prompt", "mine prompt"];
  assert.deepEqual(await kinds(), expected);
  await write(".claude/commands/shell.md", "!`pwd` ");
  await write(`${COMMANDS}/_helper.ts`, "2");
  assert.deepEqual(await kinds(), expected);
  assert.deepEqual([...asked.keys()].toSorted(), [module, shell].toSorted());
  for (const [file, digests] of asked) assert.equal(new Set(digests).size, 2, file);
  const refusal = await commands.run({ mark: "/", name: "shell", args: "" }, { cwd: project, session: "" });
  assert.ok(
    refusal?.kind === "refused" && refusal.text.endsWith(`codex-plus trust ${project}`),
    JSON.stringify(refusal),
  );
});

test("a project's file that links out of the project is not read to the model unless it is trusted", async (context) => {
  const { write, project, home, room } = await folders(context);
  await write("~/secret.txt", "secret");
  await write("~/shared/b.md", "b");
  await write("inner.md", "inner");
  await mkdir(join(project, ".claude/commands"), { recursive: true });
  for (const [name, target] of [
    ["a.md", join(home, "secret.txt")],
    ["dir", join(home, "shared")],
    ["c.md", join(project, "inner.md")],
  ] as const) {
    await symlink(target, join(project, ".claude/commands", name));
  }
  const kinds: string[] = [];
  for (const name of ["a", "dir:b", "c"]) {
    const commands = room({}, () => "unknown");
    const result = await commands.run({ mark: "/", name, args: "" }, { cwd: project, session: "" });
    kinds.push(`${name} ${result?.kind}`);
  }
  assert.deepEqual(kinds, ["a refused", "dir:b refused", "c prompt"]);
});

test("a dry run tells what would run and runs nothing", async (context) => {
  const { write, project, room } = await folders(context);
  await write(".claude/commands/a.md", "---\nallowed-tools: Bash\n---\nx !`touch made $0` y");
  const sh = await write(`${COMMANDS}/b.sh`, "touch made");
  const run = (name: string, args: string) =>
    room({}, () => "unknown").run({ mark: "/", name, args }, { cwd: project, session: "", dry: true });
  const shown = await run("a", "'it;s'");
  assert.equal(shown?.kind === "prompt" && shown.parts[1], "x [would run: touch made 'it;s'] y");
  assert.deepEqual(await run("b", ""), { kind: "answer", text: `[would run executable ${sh}]` });
  await assert.rejects(readFile(join(project, "made")), { code: "ENOENT" });
});

/** Resolves when a process is no more; a zombie that nobody has reaped yet counts as gone. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
    if (state === undefined || /\) Z /.test(state)) return;
    await wait(10);
  }
}
