/** Commands that are no files, beside those that are. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
  type CommandSettings,
  type CommandSource,
  Commands,
  carryOut,
  helpEntries,
  parseCommand,
  planSkills,
  type Result,
  type SourceCommand,
  type Where,
} from "../../src/commands/index.ts";
import { type Folders, folders } from "./folders.ts";
import { SETTINGS } from "./room.ts";

function offered(name: string, ...named: string[]): SourceCommand {
  const all = named.map((one) => ({ name: one, required: true }));
  return { name, description: `does ${name}`, arguments: all, place: "MCP server srv", file: "/w/.mcp.json" };
}

/** Lists these, finds whatever begins with `mcp__srv__`, and answers with what it was asked. */
function sourceOf(...listed: SourceCommand[]): CommandSource {
  return {
    list: () => Promise.resolve(listed),
    find: (name) => Promise.resolve(name.startsWith("mcp__srv__") ? offered(name) : undefined),
    run: async (name, words) => ({ kind: "prompt", parts: [JSON.stringify([name, ...words])], attached: [] }),
  };
}

function room({ home }: Folders, source: CommandSource, settings: Partial<CommandSettings> = {}): Commands {
  return new Commands({
    homes: { plus: `${home}/.codexplus`, claude: `${home}/.claude`, codex: `${home}/.codex`, user: home },
    env: {},
    settings: { ...SETTINGS, ...settings },
    trust: () => "unknown",
    source,
  });
}

const GREET = offered("mcp__srv__greet me", "who");
const TELL = offered("mcp__srv__tell");

async function type(commands: Commands, cwd: string, prompt: string, more: Partial<Where> = {}) {
  const call = parseCommand(prompt);
  return call && commands.run(call, { cwd, session: "t", ...more }, ["help"]);
}

/** What was asked of the source. */
function asked(result: Result | undefined): unknown {
  if (result?.kind !== "prompt") return result?.text;
  const [heading, part] = result.parts;
  assert.match(String(heading), /^<command-message>mcp__srv__/);
  return JSON.parse(String(part));
}

test("they are listed where they come from, behind files of the same name", async (t) => {
  const at = await folders(t);
  await at.write(".claude/commands/mcp__srv__tell.md", "mine");
  const catalog = await room(at, sourceOf(GREET, TELL)).list(at.project);
  assert.deepEqual(
    helpEntries(catalog).map(({ place, entries }) => [place, entries.map(({ name, hint }) => [name, hint])]),
    [
      [".claude/commands", [["mcp__srv__tell", undefined]]],
      ["MCP server srv", [["mcp__srv__greet me", "<who>"]]],
    ],
  );
});

test("words are cut at white space alone, or as quotes group them where that is set; names may have blanks", async (t) => {
  const at = await folders(t);
  const plain = room(at, sourceOf(GREET, TELL));
  const quoted = room(at, sourceOf(GREET, TELL), { promptArguments: "quoted" });
  const prompt = '/mcp__srv__tell bob "very  well"\nx';
  assert.deepEqual(
    [
      asked(await type(plain, at.project, prompt)),
      asked(await type(quoted, at.project, prompt)),
      asked(await type(plain, at.project, "//mcp__srv__greet me bob")),
      asked(await type(plain, at.project, "/mcp__srv__greet me")),
    ],
    [
      ["mcp__srv__tell", "bob", '"very', 'well"', "x"],
      ["mcp__srv__tell", "bob", "very  well", "x"],
      ["mcp__srv__greet me", "bob"],
      ["mcp__srv__greet me"],
    ],
  );
});

test("one that is in no list is found all the same; a name of nobody passes, or has the nearest one told", async (t) => {
  const at = await folders(t);
  const commands = room(at, sourceOf(TELL));
  assert.deepEqual(asked(await type(commands, at.project, "/mcp__srv__new a")), ["mcp__srv__new", "a"]);
  assert.equal(await type(commands, at.project, "/mcp__other__tell"), undefined);
  assert.deepEqual(await type(commands, at.project, "//mcp__sv__tell"), {
    kind: "answer",
    text: "There is no command //mcp__sv__tell. Did you mean //mcp__srv__tell?",
  });
});

test("names that the settings forbid are neither listed nor run", async (t) => {
  const at = await folders(t);
  const denied = room(at, sourceOf(TELL), { deny: ["mcp__*"] });
  assert.deepEqual([...(await denied.list(at.project)).commands.keys()], []);
  assert.equal(await type(denied, at.project, "/mcp__srv__tell"), undefined);
  assert.equal(await type(denied, at.project, "/mcp__srv__new"), undefined);
  const allowed = room(at, sourceOf(TELL, GREET), { allow: ["mcp__srv__t*"] });
  assert.deepEqual([...(await allowed.list(at.project)).commands.keys()], ["mcp__srv__tell"]);
});

test("sync offers them in Codex's menu, and its $name runs them", async (t) => {
  const at = await folders(t);
  const commands = room(at, sourceOf(GREET));
  const plan = await planSkills(await commands.list(at.project), join(at.home, ".codex"));
  await carryOut(plan);
  const [{ name, text = "" } = { name: "" }] = plan;
  assert.match(text, /description: "?does mcp__srv__greet me Arguments: <who>/);
  assert.deepEqual(asked(await type(commands, at.project, `$${name} bob`)), ["mcp__srv__greet me", "bob"]);
});

test("hooks are told before one runs, and may keep it from running; a dry run asks nobody", async (t) => {
  const at = await folders(t);
  const never: CommandSource = { ...sourceOf(TELL), run: () => assert.fail("it is not run") };
  const told: string[] = [];
  const before: Where["before"] = async ({ name, kind, place }) => {
    told.push(`${kind} ${name} of ${place}`);
    return "not today";
  };
  const commands = room(at, never);
  assert.deepEqual(await type(commands, at.project, "/mcp__srv__tell x", { before }), {
    kind: "refused",
    text: "not today",
  });
  assert.deepEqual(told, ["prompt mcp__srv__tell of MCP server srv"]);
  assert.deepEqual(await type(commands, at.project, "/mcp__srv__tell x y", { dry: true }), {
    kind: "answer",
    text: "[would ask MCP server srv for mcp__srv__tell x y]",
  });
});

test("one that does not answer in time is refused, and whoever leaves is not waited for", async (t) => {
  const at = await folders(t);
  const hangs: CommandSource = {
    ...sourceOf(TELL),
    run: (_name, _words, { signal }) =>
      new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted")))),
  };
  assert.deepEqual(await type(room(at, hangs, { timeoutMs: 20 }), at.project, "/mcp__srv__tell"), {
    kind: "refused",
    text: "/mcp__srv__tell: MCP server srv has not answered within 0.02 s.",
  });
  const leaving = new AbortController();
  const answer = type(room(at, hangs), at.project, "/mcp__srv__tell", {
    signal: leaving.signal,
    before: async () => {
      setImmediate(() => leaving.abort());
      return undefined;
    },
  });
  assert.deepEqual(await answer, { kind: "refused", text: "/mcp__srv__tell: /w/.mcp.json: aborted" });
});
