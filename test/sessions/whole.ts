/** What a database has to hold after all that has happened to it. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { sqliteReader } from "../../src/sessions/sqlite/reader.ts";
import type { Talker, Told } from "./talker.ts";

/** Opens clean, and holds nothing twice. */
export function assertSound(path: string): void {
  const db = new DatabaseSync(path);
  try {
    const rows = (sql: string) => db.prepare(sql).all();
    assert.deepEqual(rows("PRAGMA integrity_check"), [{ __proto__: null, integrity_check: "ok" }]);
    assert.deepEqual(rows("PRAGMA foreign_key_check"), []);
    const twice = (table: string, by: string) =>
      rows(`SELECT ${by}, count(*) AS times FROM ${table} GROUP BY ${by} HAVING times > 1`);
    assert.deepEqual(twice("thread", "id"), []);
    assert.deepEqual(twice("turn", "thread, id"), []);
    assert.deepEqual(twice("leg", "key"), []);
    // Nobody says the same twice in these tests, but the model, of its thoughts.
    assert.deepEqual(twice("item WHERE type <> 'reasoning'", "thread, hash"), []);
  } finally {
    db.close();
  }
}

/**
 * Every turn is there as the client has it: all its requests, all its items in order, each with its text.
 * @param within where its items have to be found: where several proxies told of a conversation at once, one may have known
 *   of an answer by the next request sooner than the other by the answer itself
 */
export function assertWhole(path: string, told: readonly Told[], within: "turn" | "thread" = "turn"): void {
  const reader = sqliteReader(path);
  try {
    const turns = new Map(
      [...new Set(told.map(({ thread }) => thread))].map((thread) => [
        thread,
        new Map([...reader.turns(thread)].map((turn) => [turn.id, turn])),
      ]),
    );
    for (const { thread, turn: id, items, requests } of told) {
      const turn = turns.get(thread)?.get(id);
      assert.ok(turn, `turn ${id} of thread ${thread}`);
      const expected = new Set(items.map((item) => item.id));
      // What a turn before was not able to bring, being cut short, may come with this one.
      const rows = [...reader.items(thread, within === "turn" ? turn.n : undefined)].filter((row) =>
        expected.has(row.id),
      );
      const asked = 1 + items.filter(({ type }) => type === "function_call_output").length;
      // Of a turn that was cut short, an answer may have come too shortly before that.
      const completed = requests === asked ? turn.legs.filter(({ state }) => state === "completed").length : asked;
      assert.deepEqual(
        {
          state: turn.state,
          completed,
          items: rows.map(({ id, body, partial }) => ({ id, body: JSON.parse(body), partial })),
        },
        {
          state: "completed",
          completed: asked,
          items: items.map((item) => ({ id: item.id, body: item, partial: false })),
        },
        `turn ${id} of thread ${thread}`,
      );
    }
  } finally {
    reader.close();
  }
}

/** Nothing is there that nobody said. */
export function assertNothingElse(path: string, talkers: readonly Talker[]): void {
  const turns = new Map(talkers.map(({ thread, turns }): [string, ReadonlySet<string>] => [thread, turns]));
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const strange = db
      .prepare("SELECT thread.id AS thread, turn.id AS turn FROM turn JOIN thread ON thread.n = turn.thread")
      .all()
      .filter(({ thread, turn }) => !turns.get(String(thread))?.has(String(turn)));
    assert.deepEqual(strange, []);
  } finally {
    db.close();
  }
}
