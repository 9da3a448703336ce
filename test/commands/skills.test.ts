import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { carryOut, planSkills, skillName } from "../../src/commands/index.ts";
import { bodyOf, folders } from "./folders.ts";

test("each command gets one thin skill, which goes when the command goes; others' skills are never touched", async (context) => {
  const { write, project, home, room } = await folders(context);
  await write(".claude/commands/git/st.md", "---\ndescription: 'Say: \"hi\" -- now'\nargument-hint: [x]\n---\nbody");
  await write("~/.claude/commands/hidden.md", "---\nuser-invocable: false\n---\n");
  await write("~/.claude/commands/theirs.md", "mine");
  const theirs = await write("~/.codex/skills/theirs/SKILL.md", "---\nname: theirs\n---\n");
  await write("~/.codex/skills/other/SKILL.md", "x");
  const codex = join(home, ".codex");
  const sync = async (cwd: string | undefined) => {
    const changes = await planSkills(cwd === undefined ? undefined : await room().list(cwd), codex);
    await carryOut(changes);
    return changes.map(({ what, name }) => `${what} ${name}`).toSorted();
  };
  assert.deepEqual(await sync(project), ["blocked theirs", "write git-st"]);
  assert.deepEqual(await sync(project), ["blocked theirs", "keep git-st"]);
  const file = join(codex, "skills/git-st/SKILL.md");
  const text = await readFile(file, "utf8");
  assert.match(text, /^---\nname: git-st\ndescription: .*Say.*hi.*Arguments: \[x\]/);
  assert.ok(!text.includes("body"));
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(await sync(home), ["blocked theirs", "remove git-st"]);
  await sync(project);
  await write("~/.codex/skills/git-st/kept.txt", "a person's");
  assert.deepEqual(await sync(undefined), ["remove git-st"]);
  assert.deepEqual(await readdir(join(codex, "skills/git-st")), ["kept.txt"]);
  assert.equal(await readFile(theirs, "utf8"), "---\nname: theirs\n---\n");
});

test("$name is ours only where sync wrote the skill", async (context) => {
  const { write, type, project, home, room } = await folders(context);
  await write(".claude/commands/git/st.md", "S[$ARGUMENTS]");
  await write(".claude/commands/taken.md", "T");
  await write("~/.codex/skills/taken/SKILL.md", "theirs");
  assert.equal(await type("$git-st a"), undefined);
  await carryOut(await planSkills(await room().list(project), join(home, ".codex")));
  assert.equal(bodyOf(await type("$git-st a")), "S[a]");
  assert.deepEqual(
    [await type("$taken"), await type("$HOME is x"), await type("$git:st a")],
    [undefined, undefined, undefined],
  );
});

test("a skill's name is one that Codex takes, and two commands never share one", () => {
  const letter = fc.constantFrom(..."abAB19:._-é/");
  const name = fc.string({ unit: letter, minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(name, (command) => {
      assert.match(skillName(command), /^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/);
    }),
  );
  const names = ["git:st", "Git:st", "git_st", "git--st", "git:st:", "x".repeat(80), `${"x".repeat(79)}y`, "é", "ü"];
  assert.equal(new Set(names.map(skillName)).size, names.length - 1, "git:st and git_st are the one pair left");
});
