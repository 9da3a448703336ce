import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { BuiltinCall } from "./builtin.ts";
import { type Saved, save, type Wish } from "./save.ts";

let folder: string;
let cwd: string;
before(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "codex-plus-save-")));
  cwd = join(folder, "work");
  await mkdir(cwd);
  await symlink(folder, join(cwd, "out"));
});
after(() => rm(folder, { recursive: true }));

const call = (args: string, more: Partial<BuiltinCall> = {}): BuiltinCall => ({
  args,
  thread: "01a2-thread",
  request: "r-1",
  model: "gpt-6",
  cwd,
  catalog: () => Promise.reject(new Error("not asked for")),
  ...more,
});

/** What was wished for, and what was answered. */
async function run(
  args: string,
  saved: Saved | Error = DONE,
  more: Partial<BuiltinCall> = {},
): Promise<[Wish[], string]> {
  const wishes: Wish[] = [];
  const write = async (wish: Wish): Promise<Saved> => {
    wishes.push(wish);
    if (saved instanceof Error) throw saved;
    return saved;
  };
  return [wishes, await save(write).run(call(args, more))];
}
const DONE: Saved = { what: "saved", file: "/f.json", bytes: 12_345, turns: 1 };

test("/save without a name writes the session's own file, as JSON or as is said", async () => {
  const wish: Wish = { thread: "01a2-thread", request: "r-1", format: "json", file: undefined };
  assert.deepEqual(await run(""), [[wish], "Saved as `/f.json` (1 turn, 12 kB)."]);
  assert.deepEqual((await run("--format html", DONE, { cwd: undefined }))[0], [{ ...wish, format: "html" }]);
});

test("/save with a name takes the format of its ending, and stays inside the folder whatever links lead out of it", async () => {
  const cases: [string, string | RegExp, string?][] = [
    ["notes", "notes.json", "json"],
    ["deep/er/notes.html", "deep/er/notes.html", "html"],
    ["page --format html", "page.html", "html"],
    ["--format=md talk", "talk.md", "md"],
    ["talk.markdown", "talk.markdown", "md"],
    ['"two words.md"', "two words.md", "md"],
    ["../x.md", /lies outside/],
    ["out/x.md", /lies outside/],
    ["/etc/x.md", /lies outside/],
    ["a b", /one file name/],
    ["x --format pdf", /one of json, md, html/],
    ["--force x", /does not know/],
  ];
  for (const [args, expected, format] of cases) {
    const [[wish], answer] = await run(args);
    if (typeof expected !== "string") assert.deepEqual([wish, expected.test(answer)], [undefined, true], args);
    else assert.deepEqual([wish?.file, wish?.format], [join(cwd, expected), format], args);
  }
  assert.match((await run("x", DONE, { cwd: undefined }))[1], /does not say in which folder/);
});

test("/save tells why nothing was saved", async () => {
  assert.equal(
    await save(undefined).run(call("")),
    "Not saved. Recording is off: nothing of what is said now is kept (`sessions.record` in `config.json`).",
  );
  assert.match((await run("", { what: "unknown" }))[1], /^Not saved: nothing of this conversation is recorded/);
  assert.equal(
    (await run("", { what: "taken", file: "/f" }))[1],
    "Not saved: `/f` is there already. Give another name.",
  );
  assert.equal((await run("", { what: "empty" }))[1], "Not saved: nothing was said yet.");
  assert.equal((await run("", new Error("/f is there")))[1], "Not saved: /f is there");
});
