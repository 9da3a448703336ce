import assert from "node:assert/strict";
import { test } from "node:test";
import { httpHead, messageHead } from "../../src/protocol/head.ts";

const METADATA = {
  thread_id: "own",
  session_id: "session",
  forked_from_thread_id: "fork",
  parent_thread_id: "parent",
};

test("a thread's parents are what it was forked from, whose sub-agent it is, and its session", () => {
  const json = JSON.stringify(METADATA);
  const message = { type: "response.create", input: [], client_metadata: { "x-codex-turn-metadata": json } };
  const heads = [
    httpHead("POST", "/responses", ["x-codex-turn-metadata", json, "X-Codex-Parent-Thread-Id", "parent"]),
    messageHead("/responses", [], Buffer.from(JSON.stringify(message))),
  ];
  for (const head of heads) assert.deepEqual([head.thread, head.parents], ["own", ["fork", "parent", "session"]]);
});

test("a thread is no parent of its own, and a client that says nothing has none", () => {
  const own = JSON.stringify({ thread_id: "own", session_id: "own" });
  assert.deepEqual(httpHead("POST", "/responses", ["x-codex-turn-metadata", own]).parents, []);
  assert.deepEqual(httpHead("POST", "/responses", []).parents, []);
});
