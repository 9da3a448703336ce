import assert from "node:assert/strict";
import { mkdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Sandbox } from "../cli/program.ts";

async function sandbox(context: TestContext): Promise<{ box: Sandbox; project: string }> {
  const box = await Sandbox.create();
  context.after(() => box[Symbol.asyncDispose]());
  await mkdir(join(box.folder, "project/.git"), { recursive: true });
  return { box, project: await realpath(join(box.folder, "project")) };
}

test("commands lists what there is, tells what is broken, and gives JSON", async (context) => {
  const { box, project } = await sandbox(context);
  await box.write("project/.claude/commands/review.md", "---\ndescription: Look\nargument-hint: [branch]\n---\n$0");
  const broken = await box.write("project/.claude/commands/odd.md", "---\nx: [\n---\nOdd");
  const text = await box.run(["commands", "--cwd", project]);
  assert.deepEqual([text.code, text.stdout], [0, ".claude/commands\n  /odd  Odd\n  /review [branch]  Look\n"]);
  assert.ok(text.stderr.startsWith(`${await realpath(broken)}:`), text.stderr);
  const json = JSON.parse((await box.run(["commands", "--cwd", project, "--json"])).stdout);
  assert.deepEqual(
    json.commands.map(({ name, kind }: { name: string; kind: string }) => [name, kind]),
    [
      ["odd", "markdown"],
      ["review", "markdown"],
    ],
  );
  assert.equal(json.problems.length, 1);
});

test("commands show prints what would be sent and runs nothing", async (context) => {
  const { box, project } = await sandbox(context);
  await box.write(
    "project/.claude/commands/a.md",
    "---\nmodel: m\nallowed-tools: Bash\n---\nA $0 !`touch made` @/etc/passwd",
  );
  const shown = await box.run(["commands", "--cwd", project, "show", "//a", "one", "--two"]);
  assert.deepEqual(
    [shown.code, shown.stdout],
    [
      0,
      "model: m\nleft out: @/etc/passwd: it lies outside the project (setting commands.attachFrom)\n<command-message>a</command-message>\n<command-name>/a</command-name>\n<command-args>one --two</command-args>\n\nA one [would run: touch made] @/etc/passwd\n",
    ],
  );
  await assert.rejects(readFile(join(project, "made")), { code: "ENOENT" });
  assert.equal((await box.run(["commands", "--cwd", project, "show", "none"])).code, 1);
});

test("prompts of MCP servers are told of without starting any", async (context) => {
  const { box, project } = await sandbox(context);
  const started = join(box.folder, "started");
  const srv = { command: "/bin/sh", args: ["-c", `echo > ${started}`] };
  await box.write("plus/mcp.json", JSON.stringify({ mcpServers: { srv } }));
  assert.equal((await box.run(["commands", "--cwd", project])).code, 0);
  const shown = await box.run(["commands", "--cwd", project, "show", "mcp__srv__tell", "a b"]);
  assert.deepEqual([shown.code, shown.stdout], [0, "[would ask MCP server srv for mcp__srv__tell a b]\n"]);
  assert.equal((await box.run(["sync", "--cwd", project])).stdout, "Codex's menu is up to date.\n");
  await assert.rejects(readFile(started), { code: "ENOENT" });
});

test("trust shows what would run, lists it, and forgets it", async (context) => {
  const { box, project } = await sandbox(context);
  const file = join(project, ".codexplus/commands/go.sh");
  await box.write("project/.codexplus/commands/go.sh", "echo went");
  const unasked = await box.run(["trust", project]);
  assert.deepEqual([unasked.code, unasked.stdout], [2, `/go runs executable code: ${file}\n`]);
  assert.equal((await box.run(["trust", "--yes", project])).code, 0);
  const listed = await box.run(["trust", "--list"]);
  assert.match(listed.stdout, new RegExp(`^${project} \\(.*\\)\\n  ${file}\\n$`));
  assert.equal((await box.run(["trust", "--remove", project])).stdout, `${project} is trusted no longer.\n`);
  assert.equal((await box.run(["trust", "--list"])).stdout, "No project is trusted.\n");
});

test("sync writes skills, shows what it would do, and takes them back", async (context) => {
  const { box, project } = await sandbox(context);
  await box.write("project/.claude/commands/a.md", "A");
  const file = join(box.variables.CODEX_HOME ?? "", "skills/a/SKILL.md");
  const sync = async (...args: string[]) => (await box.run(["sync", "--cwd", project, ...args])).stdout;
  assert.deepEqual(
    [await sync("--dry-run"), await sync(), await sync(), await sync("--undo"), await sync("--undo")],
    [
      `would write $a: ${file}\n`,
      `wrote $a: ${file}\n`,
      "Codex's menu is up to date.\n",
      `removed $a: ${file}\n`,
      "Codex's menu is up to date.\n",
    ],
  );
});
