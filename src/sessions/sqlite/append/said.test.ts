import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Leg, LegState } from "../../ledger.ts";
import { itemFacts } from "../../recorder/digest/item.ts";
import { sqliteReader } from "../reader.ts";
import { sqliteWriter } from "../writer.ts";

const folder = mkdtempSync(join(tmpdir(), "codex-plus-said-"));
after(() => rmSync(folder, { recursive: true }));

const message = (role: string, content: string) => itemFacts({ type: "message", role, content }, { blobBytes: 1000 });

/** The nth request of a client that gives no ids. */
function request(n: number, state: LegState, said: readonly string[], answer?: string): Leg {
  return {
    key: `run/${n}`,
    thread: { id: `cp_${n}`, kind: "user", root: `cp_${n}`, client: "sdk", source: "wire" },
    begins: true,
    kind: "turn",
    wire: "json",
    started: n * 1000,
    state,
    local: false,
    dropped: false,
    asked: said.map((text, index) => message(index % 2 === 0 ? "user" : "assistant", text)),
    whole: true,
    answered: answer === undefined ? [] : [message("assistant", answer)],
  };
}

/** What was said in each conversation, oldest first. */
function kept(name: string, legs: readonly Leg[]): string[][] {
  const path = join(folder, name);
  const writer = sqliteWriter(path);
  for (const leg of legs) writer.append([leg]);
  writer.close();
  const reader = sqliteReader(path);
  const threads = reader.threads({}).toSorted((one, other) => one.created - other.created);
  const texts = threads.map(({ id }) => [...reader.items(id)].map(({ text }) => text));
  reader.close();
  return texts;
}

test("a request that failed and was answered when asked again is over: the same words begin a new conversation", () => {
  const legs = [
    request(1, "failed", ["the news?"]),
    request(2, "completed", ["the news?"], "rain"),
    request(3, "completed", ["the news?"], "sun"),
    request(4, "completed", ["the news?", "rain", "and tomorrow?"], "snow"),
  ];
  assert.deepEqual(kept("again.db", legs), [
    ["the news?", "rain", "and tomorrow?", "snow"],
    ["the news?", "sun"],
  ]);
});

test("an answer that is asked for once more is still what others go on from", () => {
  const legs = [
    request(1, "completed", ["a story"], "once"),
    request(2, "completed", ["a story", "once"], "upon"),
    request(3, "completed", ["a story", "once", "no, another"], "twice"),
  ];
  assert.deepEqual(kept("more.db", legs), [["a story", "once", "upon", "no, another", "twice"]]);
});
