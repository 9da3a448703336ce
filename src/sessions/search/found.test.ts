import assert from "node:assert/strict";
import { test } from "node:test";
import type { ThreadRow } from "../ledger.ts";
import type { Hit } from "../store.ts";
import { grouped, stretches } from "./found.ts";

function hit(id: string, item: number): Hit {
  return { thread: { id } as ThreadRow, turn: 1, item, role: "user", at: 0, snippet: "" };
}

test("hits are told conversation by conversation, the best first", () => {
  const [b1, a1, b2] = [hit("b", 1), hit("a", 2), hit("b", 3)];
  assert.deepEqual(grouped([b1, a1, b2]), [
    { thread: b1.thread, hits: [b1, b2] },
    { thread: a1.thread, hits: [a1] },
  ]);
});

test("a snippet falls into what was looked for and what stands around it", () => {
  assert.deepEqual(stretches("…the \u0001pump\u0002 is \u0001broken\u0002"), [
    { text: "…the ", match: false },
    { text: "pump", match: true },
    { text: " is ", match: false },
    { text: "broken", match: true },
  ]);
  assert.deepEqual(stretches("plain"), [{ text: "plain", match: false }]);
});
