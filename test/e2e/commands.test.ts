/** Slash commands with the real Codex: what upstream sees, now and on every later turn of the thread. */
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { exec, messages } from "./exec.ts";
import { WIRES, type Wire, type World, world } from "./world.ts";

async function scene(t: TestContext, wire: Wire, files: Readonly<Record<string, string>> = {}): Promise<World> {
  const made = await world(t, { route: "proxy", wire });
  for (const [name, text] of Object.entries(files)) {
    const file = join(made.cwd, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return made;
}

/** The texts of the user's role that upstream was sent with its newest main request, context left out. */
function upstreamTexts({ mock }: World): string[] {
  const input = mock.record.turns.findLast(({ kind }) => kind === "main")?.json.input;
  const items: readonly { role?: string; content?: { text?: string }[] }[] = Array.isArray(input) ? input : [];
  return items
    .filter(({ role }) => role === "user" || role === "assistant")
    .flatMap(({ content }) => (content ?? []).map(({ text }) => text ?? ""))
    .filter((text) => !/^\s*(<environment_context>|# AGENTS\.md)/.test(text));
}

const mainTurns = ({ mock }: World): number => mock.record.turns.filter(({ kind }) => kind === "main").length;
const HELLO = { ".claude/commands/hello.md": "---\ndescription: greets\n---\nSay hello to $ARGUMENTS, first to $0." };
const EXPANDED = [
  "<command-message>hello</command-message>\n<command-name>/hello</command-name>\n<command-args>a b</command-args>\n",
  "Say hello to a b, first to a.",
];

for (const wire of WIRES) {
  test(`${wire}: a command file becomes the prompt, and stays it when the thread is resumed`, {
    timeout: 120_000,
  }, async (t) => {
    const here = await scene(t, wire, HELLO);
    const first = await exec(here, "/hello a b");
    assert.equal(first.code, 0);
    assert.deepEqual(upstreamTexts(here), EXPANDED);
    const second = await exec(here, "resume", "--last", "and again");
    assert.equal(second.code, 0);
    assert.deepEqual(upstreamTexts(here), [...EXPANDED, ...messages(first), "and again"]);
    assert.deepEqual(here.mock.record.violations, []);
  });

  test(`${wire}: a built-in command is answered here and leaves no trace upstream`, { timeout: 120_000 }, async (t) => {
    const here = await scene(t, wire, HELLO);
    const help = await exec(here, "/help");
    assert.match(messages(help).join(), /\/hello.*greets/s);
    assert.equal(mainTurns(here), 0);
    const talk = await exec(here, "resume", "--last", "now really");
    assert.deepEqual(upstreamTexts(here), ["now really"]);
    const status = await exec(here, "resume", "--last", "//status");
    assert.match(messages(status).at(-1) ?? "", /\| turns \| 1 \|/);
    const last = await exec(here, "resume", "--last", "good bye");
    assert.deepEqual(upstreamTexts(here), ["now really", ...messages(talk), "good bye"]);
    assert.deepEqual(
      [help, talk, status, last].map(({ code }) => code),
      [0, 0, 0, 0],
    );
    assert.deepEqual(here.mock.record.violations, []);
  });

  test(`${wire}: /save writes the conversation before it: one file of ours, or a new one in the folder`, {
    timeout: 120_000,
  }, async (t) => {
    const here = await scene(t, wire, { "taken.md": "mine" });
    await exec(here, "remember the fish");
    const saved = await exec(here, "resume", "--last", "/save");
    const [, file] = /^Saved as `(.*)` \(1 turn, /.exec(messages(saved).at(-1) ?? "") ?? [];
    assert.ok(file, messages(saved).join());
    assert.equal(dirname(file), "<folder>/plus/sessions");
    const folder = join(here.cwd, "../plus/sessions");
    const [name = ""] = await readdir(folder);
    const { schema, thread: kept } = JSON.parse(await readFile(join(folder, name), "utf8"));
    assert.deepEqual([schema, `${kept.id}.json`, kept.turns.length], ["codex-plus/session", name, 1]);
    const named = await exec(here, "resume", "--last", "/save talk.md");
    assert.match(messages(named).at(-1) ?? "", /^Saved as `<folder>\/work\/talk.md` \(2 turns, /);
    assert.match(await readFile(join(here.cwd, "talk.md"), "utf8"), /remember the fish[\s\S]*echo: remember the fish/);
    const refused = await exec(here, "resume", "--last", "/save taken.md");
    assert.match(messages(refused).at(-1) ?? "", /there already/);
    assert.equal(await readFile(join(here.cwd, "taken.md"), "utf8"), "mine");
    const outside = await exec(here, "resume", "--last", "/save ../talk.md");
    assert.match(messages(outside).at(-1) ?? "", /lies outside/);
    assert.equal(mainTurns(here), 1);
    assert.deepEqual(here.mock.record.violations, []);
  });

  test(`${wire}: /sessions lists this folder's other conversations and finds what was said`, {
    timeout: 120_000,
  }, async (t) => {
    const here = await scene(t, wire);
    await exec(here, "remember the fish");
    const list = messages(await exec(here, "/sessions")).join();
    assert.match(
      list,
      /^\*\*In this folder\*\*\n\n- \*\*remember the fish\*\* · [-\d]+ [\d:]+, 1 turn · `[0-9a-f]{8}-[0-9a-f]{4}`/,
    );
    const found = messages(await exec(here, "/sessions fish")).join();
    assert.match(
      found,
      /^\*\*Found for\*\* `fish`\n\n- \*\*remember the fish\*\*.*\n( {2}- (you: remember|Codex: echo: remember) the \*\*fish\*\*\n){2}/,
    );
    assert.equal(mainTurns(here), 1);
    assert.deepEqual(here.mock.record.violations, []);
  });

  test(`${wire}: a near miss of //name is answered here, a path and an unknown /name pass as text`, {
    timeout: 120_000,
  }, async (t) => {
    const here = await scene(t, wire, HELLO);
    const miss = await exec(here, "//helo");
    assert.match(messages(miss).join(), /Did you mean \/\/hel/);
    assert.equal(mainTurns(here), 0);
    for (const text of ["/usr/bin/env is a path", "/helo there", "// a comment"]) {
      const passed = await exec(here, text);
      assert.deepEqual(messages(passed), [`echo: ${text}`]);
    }
    assert.deepEqual(here.mock.record.violations, []);
  });

  test(`${wire}: shell in a project's command runs only once the folder is trusted`, {
    timeout: 120_000,
  }, async (t) => {
    const here = await scene(t, wire, {
      ".claude/commands/list.md": "---\nallowed-tools: Bash(echo:*)\n---\nIt says: !`echo from-the-shell`",
    });
    const refused = await exec(here, "/list");
    assert.match(messages(refused).join(), /codex-plus trust/);
    assert.equal(mainTurns(here), 0);
    assert.deepEqual(here.mock.record.violations, []);
  });
}
