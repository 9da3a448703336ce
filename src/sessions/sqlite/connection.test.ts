import assert from "node:assert/strict";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import type { Leg } from "../ledger.ts";
import { sqliteShelf } from "./continuity.ts";
import { openDatabase } from "./database.ts";
import { sqliteWriter } from "./writer.ts";

const folder = mkdtempSync(join(tmpdir(), "codex-plus-connection-"));
after(() => rmSync(folder, { recursive: true }));

const leg = (key: string, text = "hello"): Leg => ({
  key,
  thread: { id: key, kind: "user", root: key, source: "wire" },
  turn: key,
  begins: true,
  kind: "turn",
  wire: "sse",
  started: 1000,
  state: "completed",
  local: false,
  dropped: false,
  whole: true,
  asked: [{ id: key, hash: "00", type: "message", role: "user", text, body: "{}", partial: false, blobs: [] }],
  answered: [],
});
const thread = (id: string) => ({ what: "thread", thread: id, parents: [], used: 1 }) as const;
const unusable = { code: "CP_FILE_UNUSABLE" };

const legsIn = (path: string): string[] => {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    assert.equal(db.prepare("PRAGMA integrity_check").get()?.integrity_check, "ok");
    return db
      .prepare("SELECT key FROM leg ORDER BY n")
      .all()
      .map(({ key }) => String(key));
  } finally {
    db.close();
  }
};

/** Spoils every page but the first: the file can be opened, and breaks where it is read. */
function spoil(path: string): void {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  const bytes = readFileSync(path);
  bytes.fill(0x5a, 4096);
  writeFileSync(path, bytes);
}

test("a file that breaks while it is written is set aside, and the same legs go into a new one", () => {
  const path = join(folder, "spoilt.db");
  const told: string[] = [];
  const writer = sqliteWriter(path, { setAside: (aside) => told.push(aside) });
  writer.append([leg("a")]);
  writer.close();
  spoil(path);
  const broken = readFileSync(path);
  writer.append([leg("b"), leg("c")]);
  writer.close();
  assert.deepEqual(legsIn(path), ["b", "c"]);
  assert.deepEqual(
    told.map((aside) => readFileSync(aside)),
    [broken],
  );
  assert.deepEqual(
    told.map((aside) => aside.startsWith(`${path}.broken-`)),
    [true],
  );
});

test("of two connections one sets the broken file aside, and the other goes on in the new one", () => {
  const path = join(folder, "shared.db");
  const told: string[] = [];
  const setAside = (aside: string) => told.push(aside);
  const writer = sqliteWriter(path, { setAside });
  const shelf = sqliteShelf(path, setAside);
  shelf.write([thread("a")]);
  writer.append([leg("a")]);
  // As a disk does it: the file and its log, under open connections.
  for (const each of [path, `${path}-wal`]) {
    const bytes = readFileSync(each);
    bytes.fill(0x5a, Math.min(4096, bytes.length));
    writeFileSync(each, bytes);
  }
  truncateSync(path, 5000);
  writer.close();
  writer.append([leg("b", "x".repeat(100_000))]);
  shelf.write([thread("b")]);
  writer.append([leg("c")]);
  shelf.write([thread("c")]);
  assert.deepEqual(
    [...shelf.threads()].map(({ thread }) => thread),
    ["b", "c"],
  );
  for (const each of [writer, shelf]) each.close();
  const left = readdirSync(folder).filter((name) => name.startsWith("shared.db") && !name.includes("broken"));
  assert.deepEqual(left, ["shared.db"], "nothing of the broken file is left to be taken for the new one's");
  assert.deepEqual(legsIn(path), ["b", "c"]);
  assert.equal(told.length, 1);
});

test("a file that was removed is begun anew by all who had it open", () => {
  const path = join(folder, "removed.db");
  const writer = sqliteWriter(path);
  const shelf = sqliteShelf(path);
  writer.append([leg("a")]);
  shelf.write([thread("a")]);
  for (const end of ["", "-wal", "-shm"]) rmSync(path + end);
  shelf.write([thread("b")]);
  writer.append([leg("b")]);
  assert.deepEqual(
    [...shelf.threads()].map(({ thread }) => thread),
    ["b"],
  );
  for (const each of [writer, shelf]) each.close();
  assert.deepEqual(legsIn(path), ["b"]);
});

test("a full disk takes nothing of a leg, and all of it once there is room", () => {
  const path = join(folder, "full.db");
  let pages = 100;
  const writer = sqliteWriter(path, {
    open(path, options) {
      const db = openDatabase(path, options);
      db.exec(`PRAGMA max_page_count = ${pages}`);
      return db;
    },
  });
  writer.append([leg("a")]);
  const large = leg("b", "long ".repeat(100_000));
  assert.throws(() => writer.append([large]), unusable);
  assert.throws(() => writer.append([large]), unusable);
  assert.deepEqual(legsIn(path), ["a"]);
  pages = 10_000;
  writer.append([large]);
  writer.close();
  assert.deepEqual(legsIn(path), ["a", "b"]);
});

test("a lock that is held for long is told of, and writing goes on behind it", () => {
  const path = join(folder, "locked.db");
  const writer = sqliteWriter(path, { busyMs: 1 });
  writer.append([leg("a")]);
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  assert.throws(() => writer.append([leg("b")]), unusable);
  other.exec("ROLLBACK");
  other.close();
  writer.append([leg("b")]);
  writer.close();
  assert.deepEqual(legsIn(path), ["a", "b"]);
});

test("a file that may not be written is told of, and written when it may be", () => {
  const path = join(folder, "readonly.db");
  let only = true;
  const writer = sqliteWriter(path, {
    open(path, options) {
      const db = openDatabase(path, options);
      if (only) db.exec("PRAGMA query_only = 1");
      return db;
    },
  });
  assert.throws(() => writer.append([leg("a")]), unusable);
  only = false;
  writer.append([leg("a")]);
  writer.close();
  assert.deepEqual(legsIn(path), ["a"]);
});

test("a leg that cannot be written is our mistake, and no fault of the file", () => {
  const path = join(folder, "mistake.db");
  const writer = sqliteWriter(path);
  const impossible: Leg = { ...leg("a"), started: 0.5 };
  assert.throws(() => writer.append([leg("b"), impossible]), { code: "ERR_SQLITE_ERROR" });
  assert.deepEqual(legsIn(path), []);
  writer.append([leg("b")]);
  writer.close();
  assert.deepEqual(legsIn(path), ["b"]);
});

test("a file that others can read is its owner's alone from when it is opened", () => {
  const path = join(folder, "open.db");
  writeFileSync(path, "");
  chmodSync(path, 0o644);
  const writer = sqliteWriter(path);
  writer.append([leg("a")]);
  assert.deepEqual(
    [path, `${path}-wal`, `${path}-shm`].map((each) => statSync(each).mode & 0o777),
    [0o600, 0o600, 0o600],
  );
  writer.close();
});
