import assert from "node:assert/strict";
import { test } from "node:test";
import { momentOf } from "./moment.ts";

const now = new Date(2026, 10, 22, 12, 30).getTime();
const at = (...numbers: [number, number, number?, number?, number?]) =>
  new Date(...(numbers as [number, number])).getTime();

test("dates are midnight here, days, times and zones as they are written, and spans are so long ago", () => {
  const moments: Record<string, number> = {
    "2026-11-01": at(2026, 10, 1),
    "2026-11": at(2026, 10),
    "2026-11-01 14:05": at(2026, 10, 1, 14, 5),
    "2026-11-01T14:05:30": at(2026, 10, 1, 14, 5) + 30_000,
    "2026-11-01T14:05:00.250Z": Date.UTC(2026, 10, 1, 14, 5),
    "2026-11-01T14:05+05:30": Date.UTC(2026, 10, 1, 8, 35),
    today: at(2026, 10, 22),
    yesterday: at(2026, 10, 21),
    "30min": now - 30 * 60_000,
    "12h": now - 12 * 3_600_000,
    "7d": now - 7 * 86_400_000,
    "2w": now - 14 * 86_400_000,
    "3m": now - 90 * 86_400_000,
    "1y": now - 365 * 86_400_000,
  };
  assert.deepEqual(Object.fromEntries(Object.keys(moments).map((text) => [text, momentOf(text, now)])), moments);
});

test("what is no moment is none", () => {
  for (const text of [
    "",
    "soon",
    "2026",
    "2026-13-01",
    "2026-02-31",
    "2026-11-01 25:00",
    "2026-11-01 10:61",
    "7",
    "7x",
  ]) {
    assert.equal(momentOf(text, now), undefined, text);
  }
});
