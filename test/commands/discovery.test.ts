import assert from "node:assert/strict";
import { mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { helpEntries, parseCommand } from "../../src/commands/index.ts";
import { bodyOf, folders } from "./folders.ts";

test("of one name the highest rank wins: .codexplus, skill, .claude, .codex; home before project", async (context) => {
  const { write, type } = await folders(context);
  const files = [
    "~/.codexplus/commands/a.md",
    ".codexplus/commands/a.md",
    "~/.claude/skills/a/SKILL.md",
    ".claude/skills/a/SKILL.md",
    "~/.claude/commands/a.md",
    ".claude/commands/a.md",
    "~/.codex/commands/a.md",
    ".codex/commands/a.md",
  ];
  const paths = new Map<string, string>();
  for (const file of files) paths.set(file, await write(file, file));
  const won: (string | undefined)[] = [];
  for (const file of files) {
    won.push(bodyOf(await type("/a"))?.replace(/^Base directory.*\n\n/, ""));
    await rm(paths.get(file) ?? "");
  }
  assert.deepEqual([...won, await type("/a")], [...files, undefined]);
});

test("files that nobody has looked at are listed in no time, whatever is in them", async (context) => {
  const { write, project, room } = await folders(context);
  await write(".claude/commands/blanks.md", `---\ndescription: x${" ".repeat(300_000)}y\nbad: [\n---\n`);
  await write(".claude/commands/words.md", `---\nallowed-tools: ${"a ".repeat(300_000)}\n---\n`);
  assert.deepEqual([...(await room().list(project)).commands.keys()], ["blanks", "words"]);
});

test("a change on disk is seen by the next call: new, edited twice at once, renamed, gone", async (context) => {
  const { write, project, room } = await folders(context);
  const commands = room();
  const names = async () =>
    [...(await commands.list(project)).commands.values()].map((one) => `${one.name}: ${one.description}`);
  const seen = [await names()];
  const file = await write(".claude/commands/x/a.md", "---\ndescription: one\n---\n");
  seen.push(await names());
  for (const word of ["two", "six"]) {
    await write(".claude/commands/x/a.md", `---\ndescription: ${word}\n---\n`);
    seen.push(await names());
  }
  await rm(file);
  seen.push(await names());
  assert.deepEqual(seen, [[], ["x:a: one"], ["x:a: two"], ["x:a: six"], []]);
});

test("a broken file is told with its line and hides neither itself nor others", async (context) => {
  const { write, project, room } = await folders(context);
  const broken = await write(".claude/commands/a.md", "---\ndescription: fine\nallowed-tools: [x\n---\nBody\n");
  const cut = await write(".claude/commands/b.md", "---\nmodel: m\ndescription: a --- b\n---\nBody\n");
  const spaced = await write(".claude/commands/c d.md", "x");
  await write(".claude/commands/z.md", "# Z\n");
  await symlink("/nowhere", join(project, ".claude/commands/gone.md"));
  const { commands, problems } = await room().list(project);
  assert.deepEqual(
    [...commands.values()].map(({ name, description }) => [name, description]),
    [
      ["a", "fine"],
      ["b", "a"],
      ["z", "Z"],
    ],
  );
  assert.deepEqual(
    problems.map(({ file, line }) => [file, line]).toSorted(),
    [
      [broken, 4],
      [cut, 3],
      [spaced, 1],
    ].toSorted(),
  );
});

test("one file has one kind; tests, hidden code, data and what a skill keeps beside it are no commands", async (context) => {
  const { write, project, room } = await folders(context);
  await write(".codexplus/commands/run.md", "text");
  await write(".codexplus/commands/run.ts", "export default {}");
  await write(".codexplus/commands/save.py", "print(1)");
  await write(".codexplus/commands/tool", "#!/bin/sh\n", 0o755);
  await write(".codexplus/commands/notes.txt", "x", 0o755);
  await write(".codexplus/commands/data.json", "{}");
  await write(".codexplus/commands/_shared.ts", "");
  await write(".codexplus/commands/run.test.ts", "");
  await write(".codexplus/commands/types.d.ts", "");
  await write(".claude/commands/kit/SKILL.md", "skill");
  await write(".claude/commands/kit/part.md", "part");
  const { commands } = await room().list(project);
  assert.deepEqual(
    [...commands.values()].map(({ name, kind, skill }) => `${name} ${kind}${skill ? " skill" : ""}`).toSorted(),
    ["kit markdown skill", "run markdown", "save executable", "tool executable"],
  );
});

test("a folder that links to itself ends, and each real folder is read once", async (context) => {
  const { write, project, home, room } = await folders(context);
  await write(".claude/commands/a.md", "x");
  await symlink(join(project, ".claude/commands"), join(project, ".claude/commands/again"));
  await mkdir(join(home, ".claude"));
  await symlink(join(project, ".claude/commands"), join(home, ".claude/commands"));
  const { commands, roots } = await room().list(project);
  assert.deepEqual([[...commands.keys()], roots.map(({ place }) => place)], [["a"], ["~/.claude/commands"]]);
});

test("what a person may type is a command; paths, prose and unknown names pass", async (context) => {
  const { write, type, project, room } = await folders(context);
  await write(".claude/commands/deploy.md", "D[$ARGUMENTS]");
  const typed = ["/deploy a b", "//deploy a b", "  /deploy a b \n", "/deploy\na b"];
  for (const prompt of typed) assert.equal(bodyOf(await type(prompt)), "D[a b]", prompt);
  const passed = [
    "/usr/bin/env",
    "/",
    "//",
    "// deploy",
    "/deploy:x",
    "run /deploy",
    "$deploy x",
    "/Deploy",
    "//depoy now",
    "",
    "//a/b",
  ];
  for (const prompt of passed) assert.equal(await type(prompt), undefined, prompt);
  assert.deepEqual(await type("//depoy"), {
    kind: "answer",
    text: "There is no command //depoy. Did you mean //deploy?",
  });
  const call = parseCommand("//stats");
  assert.ok(call);
  assert.match(
    bodyOf(await room().run(call, { cwd: project, session: "" }, ["status"])) ?? "",
    /Did you mean \/\/status\?/,
  );
});

test("the settings say which names may run", async (context) => {
  const { write, type } = await folders(context);
  for (const name of ["git/add", "git/push", "other"]) await write(`.claude/commands/${name}.md`, name);
  const settings = { allow: ["git:*"], deny: ["*:push"] };
  const bodies = [];
  for (const name of ["git:add", "git:push", "other"]) bodies.push(bodyOf(await type(`/${name}`, settings)));
  assert.deepEqual(bodies, ["git/add", undefined, undefined]);
});

test("help lists what a person may run, by place", async (context) => {
  const { write, project, room } = await folders(context);
  const one = await write("~/.claude/commands/b.md", "---\nargument-hint: [x]\ndescription: B\n---\n");
  await write("~/.claude/commands/hidden.md", "---\nuser-invocable: no\n---\n");
  const two = await write(".codexplus/commands/a.sh", "");
  assert.deepEqual(helpEntries(await room().list(project)), [
    { place: ".codexplus/commands", entries: [{ name: "a", description: "", file: two }] },
    { place: "~/.claude/commands", entries: [{ name: "b", description: "B", file: one, hint: "[x]" }] },
  ]);
});

test("files that count from one may be read so", async (context) => {
  const { write, type } = await folders(context);
  await write(".claude/commands/a.md", "$0 $1 $2 $3 $ARGUMENTS[0]");
  assert.equal(bodyOf(await type("/a x y", { positional: "one-based" })), "$0 x y $3 x");
});
