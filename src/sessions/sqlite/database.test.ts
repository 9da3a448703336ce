import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { sqliteShelf } from "./continuity.ts";
import { openDatabase } from "./database.ts";
import { MIGRATIONS } from "./schema.ts";

const folder = mkdtempSync(join(tmpdir(), "codex-plus-database-"));
after(() => rmSync(folder, { recursive: true }));

const MARK = { thread: "a", key: "#msg_1", mark: '{"behind":[]}' };

/** A file as the first version of Codex-Plus has left it. */
function firstVersion(path: string): void {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA journal_mode = WAL; ${MIGRATIONS[0]}; PRAGMA user_version = 1`);
  db.prepare("INSERT INTO continuity_thread VALUES ('a', '[\"p\"]', 1000)").run();
  db.prepare("INSERT INTO continuity_mark VALUES (?, ?, ?)").run(MARK.thread, MARK.key, MARK.mark);
  db.close();
}

function contentOf(path: string): unknown {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const all = (sql: string) =>
      db
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }));
    return {
      version: all("PRAGMA user_version")[0]?.user_version,
      check: all("PRAGMA integrity_check")[0]?.integrity_check,
      marks: all("SELECT * FROM continuity_mark"),
      tables: Number(all("SELECT count(*) AS count FROM sqlite_schema WHERE type = 'table'")[0]?.count) > 4,
    };
  } finally {
    db.close();
  }
}

test("a file of the first version is made new with all that is in it, and kept as it was beside", () => {
  const path = join(folder, "first.db");
  firstVersion(path);
  for (const old of [`${path}.v0.bak`, `${path}.v12.bak`]) writeFileSync(old, "of another time");
  const shelf = sqliteShelf(path);
  assert.deepEqual([...shelf.threads()], [{ thread: "a", parents: ["p"], used: 1000 }]);
  assert.deepEqual([...shelf.load("a").marks], [["#msg_1", { behind: [] }]]);
  shelf.close();
  const beside = readdirSync(folder).filter((name) => name.startsWith(basename(path)));
  assert.deepEqual(beside.sort(), ["first.db", "first.db.v1.bak"]);
  assert.deepEqual(contentOf(path), { version: MIGRATIONS.length, check: "ok", marks: [MARK], tables: true });
  assert.deepEqual(contentOf(`${path}.v1.bak`), { version: 1, check: "ok", marks: [MARK], tables: false });
  assert.equal(statSync(`${path}.v1.bak`).mode & 0o777, 0o600);
});

test("the backup has what was committed last, and is made though another process has the file open", () => {
  const path = join(folder, "busy.db");
  firstVersion(path);
  const other = new DatabaseSync(path);
  other.exec("INSERT INTO continuity_mark VALUES ('b', 'k', '{}')");
  openDatabase(path).close();
  other.close();
  const marks = [MARK, { thread: "b", key: "k", mark: "{}" }];
  assert.deepEqual(contentOf(`${path}.v1.bak`), { version: 1, check: "ok", marks, tables: false });
});

test("a file is not made new where there can be no backup of it", () => {
  const path = join(folder, "unsafe.db");
  firstVersion(path);
  const blocked = `${path}.v1.bak.${process.pid}`;
  mkdirSync(blocked);
  assert.throws(() => openDatabase(path), { code: "CP_FILE_UNUSABLE" });
  assert.deepEqual(contentOf(path), { version: 1, check: "ok", marks: [MARK], tables: false });
  rmSync(blocked, { recursive: true });
  openDatabase(path).close();
  assert.deepEqual(contentOf(path), { version: MIGRATIONS.length, check: "ok", marks: [MARK], tables: true });
});
