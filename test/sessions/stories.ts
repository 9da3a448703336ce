/** Conversations of the real Codex, each on both wires: what is kept of them has to be the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WIRES, type Wire, type World, type WorldOptions, world } from "../e2e/world.ts";
import { withoutWire } from "./facts.ts";
import { type Kept, type KeptThread, kept } from "./kept.ts";
import { assertAllSeen } from "./seen.ts";

/** The mock's, as they are kept. */
export const LIMITS = [
  { name: "primary", usedPercent: 12, windowMinutes: 300, resetsAt: 1_795_400_000 },
  { name: "secondary", usedPercent: 34, windowMinutes: 10_080, resetsAt: 1_795_900_000 },
];

/** The one thread there is. */
export function only({ threads }: Kept): KeptThread {
  const [first, ...more] = threads;
  assert.ok(first);
  assert.deepEqual(more, []);
  return first;
}

/** In what Codex says of a tool: how long it took, and a name for what it printed. */
const OF_A_RUN = /\d+\.\d+ seconds|(?<=Chunk ID: )\w+/g;

/**
 * Declares one test. It lets a story happen on one wire and on the other.
 * @param check says what has to be kept; it is asked for each wire
 */
export function story(
  title: string,
  setup: Omit<WorldOptions, "route" | "wire">,
  happens: (world: World) => Promise<unknown>,
  check: (kept: Kept, wire: Wire) => void,
): void {
  test(`${title}, on both wires`, { timeout: 120_000 }, async (t) => {
    const all: object[] = [];
    for (const wire of WIRES) {
      const here = await world(t, { ...setup, route: "proxy", wire });
      await happens(here);
      const path = await here.recorded();
      assertAllSeen(path, here.mock.record.turns);
      assert.deepEqual(here.mock.record.violations, []);
      const record = kept(path, (text) => here.masked(text).replaceAll(OF_A_RUN, "<a run's>"));
      check(record, wire);
      all.push(withoutWire(record));
      await here.close();
    }
    assert.deepEqual(all[0], all[1], "the same on both wires");
  });
}
