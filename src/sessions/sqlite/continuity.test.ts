import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { type Change, memoryShelf, type Shelf } from "../continuity/shelf.ts";
import { sqliteShelf } from "./continuity.ts";

const folder = mkdtempSync(join(tmpdir(), "codex-plus-sqlite-"));
after(() => rmSync(folder, { recursive: true }));

const ghost = { part: "command", turn: "t", id: "abc", text: "answer é \u2028" } as const;
const CHANGES: readonly Change[] = [
  { what: "thread", thread: "a", parents: ["p"], used: 1000 },
  { what: "thread", thread: "b", parents: [], used: 2000 },
  { what: "mark", thread: "a", key: "#msg_1", mark: { behind: [] } },
  { what: "mark", thread: "a", key: "#msg_1", mark: { instead: ['{"n": 1.0}'], behind: ["{}"], ghost } },
  { what: "mark", thread: "b", key: "#msg_1", mark: { instead: [], behind: [] } },
  { what: "bridge", thread: "a", id: "resp_1", bridge: { real: "resp_0", owed: ["{}"] } },
  { what: "mark", thread: "a", key: "#msg_2", mark: { behind: [] } },
  { what: "unmark", thread: "a", key: "#msg_2" },
  { what: "bridge", thread: "b", id: "resp_2", bridge: { owed: [] } },
  { what: "unbridge", thread: "b", id: "resp_2" },
  {
    what: "sequence",
    thread: "b",
    sequence: { items: [{ text: "x", mark: "=x.1", gone: true }], whole: true, turn: "t" },
  },
];

const kept = (shelf: Shelf): unknown => ({
  threads: [...shelf.threads()].map(({ thread, parents, used }) => ({ thread, parents, used })),
  a: shelf.load("a"),
  b: shelf.load("b"),
  c: shelf.load("c"),
});

test("the database keeps exactly what memory keeps, and keeps it when it is opened again", () => {
  const path = join(folder, "deep", "plus.db");
  const memory = memoryShelf();
  const shelf = sqliteShelf(path);
  for (const each of [memory, shelf]) each.write(CHANGES);
  assert.deepEqual(kept(shelf), kept(memory));
  const second = sqliteShelf(path);
  assert.deepEqual(kept(second), kept(memory), "a second process sees it too");
  shelf.close();
  const again = sqliteShelf(path);
  for (const each of [memory, again]) each.prune(1500);
  assert.deepEqual(kept(again), kept(memory));
  again.close();
  second.close();
});

test("of changes that cannot all be written none is", () => {
  const shelf = sqliteShelf(join(folder, "atomic.db"));
  const impossible = { what: "thread", thread: "c", parents: [], used: 1.5 } as const;
  assert.throws(() => shelf.write([...CHANGES, impossible]));
  assert.deepEqual([...shelf.threads()], []);
  shelf.write(CHANGES);
  assert.equal([...shelf.threads()].length, 2);
  shelf.close();
});

test("the file and its folder are for their owner alone", () => {
  const path = join(folder, "private", "plus.db");
  const shelf = sqliteShelf(path);
  shelf.write(CHANGES);
  const modes = [join(folder, "private"), path, `${path}-wal`].map((each) => statSync(each).mode & 0o777);
  assert.deepEqual(modes, [0o700, 0o600, 0o600]);
  shelf.close();
});

test("a file of a newer version, and a folder in its place, are refused and left as they are", () => {
  const newer = join(folder, "newer.db");
  const db = new DatabaseSync(newer);
  db.exec("PRAGMA user_version = 99");
  db.close();
  const before = readFileSync(newer);
  for (const path of [newer, folder]) {
    const shelf = sqliteShelf(path);
    assert.throws(() => shelf.threads(), { code: "CP_FILE_UNUSABLE" }, path);
    shelf.close();
  }
  assert.deepEqual(readFileSync(newer), before);
});

test("a file that is no database is set aside as it is, and a new one begun", () => {
  const path = join(folder, "broken", "plus.db");
  mkdirSync(dirname(path));
  const text = "not a database, and longer than the header of one would be".repeat(40);
  writeFileSync(path, text);
  const told: string[] = [];
  const shelf = sqliteShelf(path, (aside) => told.push(aside));
  shelf.write(CHANGES);
  assert.equal([...shelf.threads()].length, 2);
  shelf.close();
  assert.deepEqual(
    told.map((aside) => readFileSync(aside, "utf8")),
    [text],
  );
  assert.match(String(told[0]), /plus\.db\.broken-\d{4}-/);
});

test("a file that could not be opened is opened as soon as it can be", () => {
  const path = join(folder, "late", "plus.db");
  writeFileSync(join(folder, "late"), "in the way");
  const shelf = sqliteShelf(path);
  assert.throws(() => shelf.write(CHANGES), { code: "CP_FILE_UNUSABLE" });
  rmSync(join(folder, "late"));
  shelf.write(CHANGES);
  assert.equal([...shelf.threads()].length, 2);
  shelf.close();
});
