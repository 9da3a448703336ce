/** `codex-plus sessions import` as a person types it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { cp, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { rolloutFiles } from "../../src/sessions/import/files.ts";
import { Sandbox } from "../cli/program.ts";
import { homeOf, makeStore, story } from "./store.ts";

/** A box in whose Codex home lies what these versions wrote. */
async function boxWith(...versions: readonly string[]): Promise<Sandbox> {
  const box = await Sandbox.create();
  for (const version of versions) await cp(homeOf(version), join(box.folder, "codex"), { recursive: true });
  return box;
}

const FORK = "rollout-2026-11-22T20-37-15-01a204fa-3358-7512-bdb3-539dd2ddf544.jsonl";
const PARENT = "rollout-2026-11-22T20-37-15-01a204fa-3278-7962-84dd-6e7a4502166c.jsonl";
const TOOLS = "rollout-2026-11-22T20-31-58-01a204f5-5d24-7951-9071-bfa447d5c0ab.jsonl";

test("what Codex has kept is found by a search, the newest first, forks behind what they were forked from", async () => {
  await using box = await boxWith("0.98.0");
  const first = await box.run(["sessions", "import", "--codex"]);
  assert.deepEqual(first, {
    code: 0,
    stdout: `${PARENT}\n${FORK}\n${TOOLS}\n`,
    stderr: "3 conversations imported.\n",
  });
  const second = await box.run(["sessions", "import", "--codex"]);
  assert.deepEqual(second, { code: 0, stdout: "", stderr: "0 conversations imported, 3 known already.\n" });
  const found = await box.run(["sessions", "search", "interrupt", "--json"]);
  assert.match(found.stdout, /01a204fa-3278-7962-84dd-6e7a4502166c/);
});

test("--since leaves out what was not written since", async () => {
  await using box = await boxWith("0.98.0");
  assert.equal(
    (await box.run(["sessions", "import", "--codex", "--since", "1h"])).stderr,
    "3 conversations imported.\n",
  );
  const later = await box.run(["sessions", "import", "--codex", "--since", "2100-01-01"]);
  assert.deepEqual(later, {
    code: 0,
    stdout: `${join(box.folder, "codex")} has no conversations of that time.\n`,
    stderr: "",
  });
});

test("an import that was killed goes on where it was, and nothing is there twice", async (t) => {
  await using box = await boxWith("0.29.0", "0.50.0", "0.98.0", "0.130.0", "0.169.0");
  const child = box.start(["sessions", "import", "--codex"]);
  assert.ok(child.stdout);
  await once(createInterface(child.stdout), "line");
  child.kill("SIGKILL");
  await once(child, "exit");
  const { code } = await box.run(["sessions", "import", "--codex"]);
  const store = await makeStore(t);
  await store.take(join(box.folder, "codex"));
  assert.deepEqual([code, story(join(box.folder, "plus", "plus.db"))], [0, story(store.database)]);
});

test("a line and a file that cannot be read are named, and end with 1", async () => {
  await using box = await boxWith("0.98.0");
  const home = join(box.folder, "codex");
  const files = await rolloutFiles(home);
  const tools = files.find(({ path }) => basename(path) === TOOLS)?.path ?? "";
  const text = await readFile(tools, "utf8");
  await writeFile(tools, `${text}{"half\n`);
  const packed = `${tools.replace("5d24", "5d25")}.zst`;
  await writeFile(packed, "no zstd");
  const { code, stderr } = await box.run(["sessions", "import", "--codex"]);
  const [summary, ...complaints] = stderr.trimEnd().split("\n");
  assert.deepEqual(
    [code, summary, complaints.map((line) => line.split(": ").slice(0, 2).join(": "))],
    [
      1,
      "3 conversations imported, 1 unreadable.",
      [`${packed}: not imported`, `${tools}:${text.split("\n").length}: left out`],
    ],
  );
});

test("a file by its name: one of Codex's, or an exported session", async () => {
  await using from = await boxWith("0.98.0");
  const files = await rolloutFiles(join(from.folder, "codex"));
  const tools = files.find(({ path }) => basename(path) === TOOLS)?.path ?? "";
  assert.deepEqual((await from.run(["sessions", "import", tools])).stderr, "1 conversation imported.\n");
  const exported = join(from.folder, "talk.json");
  await from.run(["sessions", "export", "last", "-o", exported]);
  await using to = await Sandbox.create();
  const { code, stdout } = await to.run(["sessions", "import", exported]);
  assert.deepEqual([code, stdout], [0, `01a204f5-5d24-7951-9071-bfa447d5c0ab  2 turns  ${exported}\n`]);
});

test("an import of nothing, of both, or of what is not there is refused", async () => {
  await using box = await Sandbox.create();
  const codes: (number | null)[] = [];
  for (const args of [[], ["--codex", "a.json"], ["--since", "1d", "a.json"], ["a.json"], [TOOLS]]) {
    codes.push((await box.run(["sessions", "import", ...args])).code);
  }
  assert.deepEqual(codes, [2, 2, 2, 1, 1]);
  const { code, stdout } = await box.run(["sessions", "import", "--codex"]);
  assert.deepEqual([code, stdout], [0, `${join(box.folder, "codex")} has no conversations.\n`]);
});
