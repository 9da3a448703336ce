import assert from "node:assert/strict";
import { test } from "node:test";
import { count, elapsed, share, short, size } from "./amounts.ts";

test("amounts are told at a glance", () => {
  assert.deepEqual([999, 9999, 10_000, 1_234_567].map(short), ["999", "9999", "10k", "1.2M"]);
  assert.deepEqual([0.4, 35, 1234, 75_000, 720_000, 12_600_000].map(elapsed), [
    "0 ms",
    "35 ms",
    "1.2 s",
    "75 s",
    "12 min",
    "3.5 h",
  ]);
  assert.deepEqual([share(3, 4), share(0, 0)], ["75 %", ""]);
  assert.deepEqual(
    [count(1, "turn"), count(0, "turn"), count(2, "reply", "replies")],
    ["1 turn", "0 turns", "2 replies"],
  );
  assert.deepEqual([512, 12_345, 3_400_000].map(size), ["512 B", "12 kB", "3.4 MB"]);
});
