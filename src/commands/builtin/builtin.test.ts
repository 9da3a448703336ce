import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Catalog } from "../discover.ts";
import { type Builtin, type BuiltinCall, table } from "./builtin.ts";
import { help } from "./help.ts";
import { save } from "./save.ts";
import { sessions } from "./sessions.ts";
import { type Recording, status } from "./status.ts";
import { render } from "./transcript.ts";

let folder: string;
let cwd: string;
let exportsFolder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "codex-plus-builtin-"));
  cwd = join(folder, "work");
  exportsFolder = join(folder, "exports");
  await mkdir(cwd);
});
after(() => rm(folder, { recursive: true }));

const labels = (...kinds: string[]): object => ({
  internal_chat_message_metadata_passthrough: { content_item_kinds: kinds },
});
const ITEMS = [
  { type: "message", role: "developer", content: [{ type: "input_text", text: "rules" }] },
  {
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: "<environment_context/>" }],
    ...labels("environments.environment_context"),
  },
  {
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: "list <b>files</b>" }],
    ...labels("user.text"),
  },
  { type: "function_call", name: "exec_command", call_id: "c", arguments: '{"cmd":"ls"}' },
  { type: "function_call_output", call_id: "c", output: "a```b" },
  { type: "message", role: "assistant", content: [{ type: "output_text", text: "two files" }] },
];
const NO_COMMANDS: Catalog = {
  commands: new Map(),
  problems: [{ file: "x.md", line: 3, message: "bad YAML" }],
  roots: [],
};

function callWith(args: string, more: Partial<BuiltinCall> = {}): BuiltinCall {
  return {
    args,
    thread: "01a2-thread",
    model: "gpt-6",
    cwd,
    catalog: () => Promise.resolve(NO_COMMANDS),
    conversation: () => ITEMS,
    ...more,
  };
}

const at = () => new Date("2026-01-02T03:04:05Z");
const about = { thread: "t", model: "m", cwd: undefined, at: at() };

test("a transcript tells what people and tools said, and none of the context around it", () => {
  const text = render(ITEMS, "md", about);
  assert.deepEqual(
    text.split("\n").filter((line) => line.startsWith("## ")),
    ["## You", "## Tool call", "## Output", "## Codex"],
  );
  assert.ok(text.includes("````\na```b\n````"), "a fence in the text does not end the block");
  assert.ok(!text.includes("rules") && !text.includes("environment_context"));
});

test("a transcript as HTML is one page in which text is text", () => {
  const page = render(ITEMS, "html", { ...about, cwd: '/a"<b>' });
  assert.ok(page.includes("list &lt;b&gt;files&lt;/b&gt;") && page.includes("/a&quot;&lt;b&gt;"));
  assert.doesNotMatch(page, /(src|href)=/);
});

test("a transcript as JSON holds every item as it went up", () => {
  const { items, ...head } = JSON.parse(render(ITEMS, "json", about));
  assert.deepEqual(items, ITEMS);
  assert.deepEqual(head, {
    format: "codex-plus-conversation",
    version: 1,
    thread: "t",
    model: "m",
    cwd: null,
    savedAt: "2026-01-02T03:04:05.000Z",
  });
});

test("/save without a name goes to the exports folder, for its owner only", async () => {
  const answer = await save(exportsFolder, at).run(callWith(""));
  const file = join(exportsFolder, "2026-01-02T03-04-05-01a2-thr.md");
  assert.ok(String(answer).includes(file), String(answer));
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.match(String(await save(exportsFolder, at).run(callWith(""))), /there already/);
});

test("/save with a name stays inside the folder, whatever links lead out of it", async () => {
  await symlink(folder, join(cwd, "out"));
  await writeFile(join(cwd, "mine.html"), "mine");
  const cases: [string, RegExp][] = [
    ["notes", /work\/notes\.md`/],
    ["deep/er/notes.html", /notes\.html`/],
    ["page --format html", /page\.html`/],
    ["--format=json data", /data\.json`/],
    ['"two words.md"', /two words\.md`/],
    ["mine.html", /there already/],
    ["../x.md", /lies outside/],
    ["out/x.md", /lies outside/],
    ["/etc/x.md", /lies outside/],
    ["a b", /one file name/],
    ["x --format pdf", /one of md, json, html/],
    ["--force x", /does not know/],
  ];
  for (const [args, expected] of cases)
    assert.match(String(await save(exportsFolder, at).run(callWith(args))), expected, args);
  assert.equal(await readFile(join(cwd, "mine.html"), "utf8"), "mine");
  assert.match(await readFile(join(cwd, "page.html"), "utf8"), /^<!doctype html>/);
  const nowhere = callWith("x", { cwd: undefined });
  assert.match(String(await save(exportsFolder, at).run(nowhere)), /does not say in which folder/);
});

test("/save asks for the whole conversation where a request brings only its newest part, but not for bad arguments", async () => {
  const partial = { conversation: () => undefined };
  assert.equal(await save(exportsFolder, at).run(callWith("x", partial)), "whole");
  assert.match(String(await save(exportsFolder, at).run(callWith("x y", partial))), /one file name/);
});

test("/help lists what there is, what is broken, and tells of one command", async () => {
  const list: Builtin[] = [help(() => list)];
  const [command] = list;
  assert.ok(command);
  const text = String(await command.run(callWith("")));
  assert.match(text, /`\/help \[name\]`/);
  assert.match(text, /x\.md:3: bad YAML/);
  assert.match(String(await command.run(callWith("//help"))), /^`\/help \[name\]`/);
  assert.match(String(await command.run(callWith("nothing"))), /no command \/nothing/);
});

test("/status tells tokens, the cached share and when limits begin anew", () => {
  const facts = {
    version: "1.0.0",
    url: "http://127.0.0.1:3000",
    upstream: "https://chatgpt.com",
    transport: "auto",
    startedAt: 0,
    usage: () => ({ turns: 3, input: 20_000, cached: 15_000, output: 900 }),
    limits: () => [{ name: "primary, 5 h", usedPercent: 42, resetsAt: 1_795_400_000 }],
    recording: () => ({ trouble: "disk full", legs: 7, dropped: 2, lost: 1 }),
  };
  const text = String(
    status(
      () => facts,
      () => 3_900_000,
    ).run(callWith("")),
  );
  assert.match(text, /\| turns \| 3 \|/);
  assert.match(text, /\| tokens \| 20k in \(75% cached\), 900 out \|/);
  assert.match(text, /\| limit: primary, 5 h \| 42% used, resets 2026-11-23 02:13 UTC \|/);
  assert.match(text, /up 1 h 5 min/);
  const told = (recording: Recording | undefined): string | undefined =>
    /\| recording \| (.*) \|/.exec(
      String(status(() => ({ ...facts, recording: () => recording })).run(callWith(""))),
    )?.[1];
  assert.deepEqual(
    [told(facts.recording()), told({ trouble: undefined, legs: 7, dropped: 0, lost: 0 }), told(undefined)],
    [
      "not for now: disk full (7 requests, 2 without their text, as too much came at once, 1 lost)",
      "on: 7 requests",
      "off (sessions.record)",
    ],
  );
});

test("/sessions lists Codex's own conversations, newest first, and finds by word", async () => {
  const home = join(folder, "codex");
  const write = async (day: string, id: string, prompt: string): Promise<void> => {
    const where = join(home, "sessions/2026/01", day);
    await mkdir(where, { recursive: true });
    const lines = [
      { type: "session_meta", payload: { id, timestamp: `2026-01-${day}T10:00:00Z`, cwd: "/w" } },
      { type: "event_msg", payload: { type: "user_message", message: `${prompt}\nmore` } },
    ];
    await writeFile(
      join(where, `rollout-2026-01-${day}T10-00-00-${id}.jsonl`),
      lines.map((line) => JSON.stringify(line)).join("\n"),
    );
  };
  await write("01", "id-old", "mend the | pump");
  await write("02", "id-new", "paint the wall");
  await writeFile(join(home, "sessions/2026/01/02/rollout-2026-01-02T11-00-00-broken.jsonl"), "{");
  const all = String(await sessions(home).run(callWith("")));
  assert.ok(all.indexOf("id-new") < all.indexOf("id-old") && all.includes("mend the \\| pump"), all);
  const found = String(await sessions(home).run(callWith("PUMP")));
  assert.ok(found.includes("id-old") && !found.includes("id-new"));
  assert.match(String(await sessions(home).run(callWith("zebra"))), /matches `zebra`/);
  assert.equal(await sessions(join(folder, "none")).run(callWith("")), "No conversations yet.");
});

test("tables keep their columns", () => {
  assert.equal(table(["a"], [["b|c"]]), "| a |\n| --- |\n| b\\|c |");
});
