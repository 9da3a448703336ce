/** All that a database holds of sessions, without its row numbers: what tests compare. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { factWords, wordsOf } from "../../../src/sessions/search/words.ts";
import { unpackBody } from "../../../src/sessions/sqlite/body.ts";

type Row = Record<string, unknown>;

export interface Ledger {
  /** By id, each with its turns in order, each of those with its legs and items in order. */
  readonly threads: readonly (Row & { readonly id: string; readonly turns_: readonly Turn[] })[];
  readonly texts: number;
  readonly blobs: readonly Row[];
  readonly limits: readonly Row[];
}

type Turn = Row & { readonly legs: readonly Row[]; readonly items: readonly Row[] };

export function ledgerOf(path: string): Ledger {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    assert.deepEqual({ ...db.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
    assert.deepEqual(db.prepare("PRAGMA foreign_key_check").all(), []);
    assertIndexed(db);
    const all = (sql: string, ...values: (number | string)[]): Row[] => db.prepare(sql).all(...values);
    const items = (where: string, n: unknown): Row[] =>
      all(
        `SELECT item.*, text.bytes AS packed, leg.key AS legKey,
           (SELECT group_concat(lower(hex(hash)), ' ') FROM item_blob WHERE item = item.n) AS blobs
         FROM item LEFT JOIN text ON text.hash = item.body_hash LEFT JOIN leg ON leg.n = item.leg
         WHERE ${where} ORDER BY item.n`,
        Number(n),
      ).map(({ legKey, packed, ...item }) => ({
        ...plain(item, "thread", "turn", "hash", "nth", "body_hash"),
        leg: legKey,
        body: unpackBody(String(item.body), packed as Uint8Array | null),
      }));
    const turns = (thread: unknown): Turn[] =>
      all("SELECT * FROM turn WHERE thread = ? ORDER BY position", Number(thread)).map((turn) => ({
        ...plain(turn, "thread"),
        legs: all("SELECT * FROM leg WHERE turn = ? ORDER BY started, n", Number(turn.n)).map((leg) =>
          plain(leg, "thread", "turn"),
        ),
        items: items("item.turn = ?", turn.n),
      }));
    const threads = all(
      "SELECT thread.*, item.text AS last FROM thread LEFT JOIN item ON item.n = forked_at ORDER BY thread.id",
    );
    return {
      threads: threads.map((thread) => ({
        ...plain(thread, "forked_at"),
        id: String(thread.id),
        turns_: turns(thread.n),
        alone: items("item.turn IS NULL AND item.thread = ?", thread.n),
        aside: all("SELECT * FROM leg WHERE turn IS NULL AND thread = ?", Number(thread.n)).map((leg) =>
          plain(leg, "thread"),
        ),
      })),
      texts: count(db, "text"),
      blobs: all(
        "SELECT lower(hex(hash)) AS hash, media_type, size, length(bytes) AS bytes FROM blob ORDER BY hash",
      ).map((row) => plain(row)),
      limits: all("SELECT * FROM rate_limit ORDER BY name").map((row) => plain(row)),
    };
  } finally {
    db.close();
  }
}

/** Every item with words is found by all of them, and nothing else is in the index. */
function assertIndexed(db: DatabaseSync): void {
  const find = db.prepare("SELECT rowid FROM item_words WHERE item_words MATCH ? AND rowid = ?");
  let indexed = 0;
  for (const { n, thread, role, tool, text, at } of db
    .prepare("SELECT n, thread, role, tool, text, at FROM item")
    .all()) {
    const words = wordsOf(String(text));
    if (words === "") continue;
    indexed += 1;
    const facts = factWords({
      thread: Number(thread),
      role: String(role),
      tool: typeof tool === "string" ? tool : undefined,
      at: Number(at),
    });
    const query = `${words} ${facts}`.split(" ").map((word) => `"${word}"`);
    assert.notEqual(find.get(query.join(" "), Number(n)), undefined, `item ${n}: ${words}`);
  }
  assert.equal(count(db, "item_words"), indexed);
}

function count(db: DatabaseSync, table: string): number {
  return Number(db.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count);
}

/** Without nulls, row numbers and what is named. */
function plain(row: Row, ...without: string[]): Row {
  return Object.fromEntries(
    Object.entries(row).filter(([name, value]) => value !== null && name !== "n" && !without.includes(name)),
  );
}

/** What each turn of a thread holds, as short as can be: `role text`. */
export function told(path: string, id: string): string[][] {
  const thread = ledgerOf(path).threads.find((each) => each.id === id);
  return (thread?.turns_ ?? []).map(({ items }) => items.map(({ role, text }) => `${role} ${text}`));
}
