import assert from "node:assert/strict";
import { test } from "node:test";
import type { Leg, ThreadFacts } from "../../../src/sessions/ledger.ts";
import { leg, thread } from "../writer/legs.ts";
import { library } from "./library.ts";

// Where a day ends long before that of Greenwich.
process.env.TZ = "Asia/Tokyo";

const usage = (input: number) => ({ input, cached: input / 2, output: 1, reasoning: 0 });
const ends = (p: number) => ({ p50: p, p95: p, p99: p });

function turn(key: string, at: string, facts: Partial<ThreadFacts>, more: Partial<Leg> = {}): Leg {
  const of = thread(key, facts);
  return leg(key, {
    thread: of,
    turn: key,
    begins: true,
    started: Date.parse(at),
    model: of.model,
    usage: usage(10),
    ...more,
  });
}

const LEGS = [
  turn("a", "2026-11-20T14:59:00Z", { cwd: "/p", model: "m1" }, { firstByteMs: 100, ms: 1000 }),
  turn("b", "2026-11-20T15:01:00Z", { cwd: "/p", model: "m2" }, { firstByteMs: 200, ms: 2000 }),
  turn(
    "c",
    "2026-11-20T16:00:00Z",
    { cwd: "/q", model: "m2" },
    { state: "failed", error: { code: "e", message: "" }, ms: 10 },
  ),
  turn(
    "d",
    "2026-11-20T17:00:00Z",
    { cwd: "/p", model: "m2" },
    { local: true, firstByteMs: 1, ms: 1, usage: undefined },
  ),
  turn("e", "2026-11-20T18:00:00Z", { cwd: "/p", model: "mini", kind: "title", root: "a" }, { kind: "side", ms: 5 }),
];

test("days are those of the person, in order", (context) => {
  const { reader } = library(context, LEGS);
  const none = { calls: 0, failedCalls: 0 };
  const first = {
    key: "2026-11-20",
    turns: 1,
    usage: usage(10),
    errors: 0,
    ...none,
    firstByteMs: ends(100),
    ms: ends(1000),
  };
  const second = {
    key: "2026-11-21",
    turns: 3,
    usage: { input: 30, cached: 15, output: 3, reasoning: 0 },
    errors: 1,
    ...none,
    firstByteMs: ends(200),
    ms: { p50: 10, p95: 2000, p99: 2000 },
  };
  assert.deepEqual(reader.stats("day", {}), [first, second]);
  assert.deepEqual(reader.stats("day", { limit: 1 }), [second]);
  assert.deepEqual(reader.stats("day", { before: Date.parse("2026-11-20T15:00:00Z") }), [first]);
});

test("models and projects come by their turns; a side request adds its tokens, and no turn", (context) => {
  const { reader } = library(context, LEGS);
  const told = (by: "model" | "project", filter = {}) =>
    reader.stats(by, filter).map(({ key, turns, usage: { input }, errors }) => [key, turns, input, errors]);
  assert.deepEqual(told("model"), [
    ["m2", 3, 20, 1],
    ["m1", 1, 10, 0],
    ["mini", 0, 10, 0],
  ]);
  assert.deepEqual(told("project"), [
    ["/p", 3, 30, 0],
    ["/q", 1, 10, 1],
  ]);
  assert.deepEqual(told("model", { cwd: "/q" }), [["m2", 1, 10, 1]]);
  assert.deepEqual(told("project", { model: "M1", since: 0, client: undefined }), [["/p", 1, 10, 0]]);
  assert.deepEqual(told("model", { kinds: ["title"] }), [["mini", 0, 10, 0]]);
  assert.deepEqual(told("model", { limit: 1 }), [["m2", 3, 20, 1]]);
});

test("latencies are those of the turn that so many of a hundred do not exceed", (context) => {
  const legs = Array.from({ length: 200 }, (_, n) =>
    turn(`t${n}`, "2026-11-20T12:00:00Z", { model: "m" }, { firstByteMs: 200 - n, ms: 2 * (n + 1) }),
  );
  const { reader } = library(context, legs);
  const [row] = reader.stats("model", {});
  assert.deepEqual(
    [row?.firstByteMs, row?.ms],
    [
      { p50: 100, p95: 190, p99: 198 },
      { p50: 200, p95: 380, p99: 396 },
    ],
  );
});
