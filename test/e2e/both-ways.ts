/** The one question of these tests: does Codex show the same through the proxy as without it? */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { WIRES, type Wire, type World, type WorldOptions, world } from "./world.ts";

type Setup = Omit<WorldOptions, "route" | "wire">;
type Story<Seen> = (world: World) => Promise<Seen>;

/**
 * Declares one test per wire. Each runs a story without the proxy and through it, holds what the story returns to be the
 * same, and the backend to have seen nothing impossible.
 * @param story returns whatever a person or program at Codex would notice, masked; `expect` says what that must be
 */
export function bothWays<Seen>(
  title: string,
  setup: Setup,
  story: Story<Seen>,
  expect: (seen: Seen, wire: Wire) => void,
): void {
  for (const wire of WIRES) {
    test(`${wire}: ${title}, the same through the proxy as without it`, { timeout: 120_000 }, async (t) => {
      const direct = await tell(t, { ...setup, wire, route: "direct" }, story);
      expect(direct.seen, wire);
      const proxied = await tell(t, { ...setup, wire, route: "proxy" }, story);
      assert.deepEqual(proxied, direct);
    });
  }
}

async function tell<Seen>(t: TestContext, options: WorldOptions, story: Story<Seen>) {
  const scene = await world(t, options);
  const seen = await story(scene);
  const { violations, turns } = scene.mock.record;
  assert.deepEqual(violations, [], `${options.route}: the backend saw impossible requests`);
  const asked = turns.map(({ wire, kind, json, end }) => ({ wire, kind, end, input: inputTypes(json.input) }));
  // Side requests run beside a turn: which comes first is chance.
  asked.sort((a, b) => a.kind.localeCompare(b.kind));
  return { seen, asked };
}

/** What a request carried, by the kinds of its items. */
function inputTypes(input: unknown): string[] {
  return Array.isArray(input) ? input.map(({ type, role }) => (role ? `${type}/${role}` : String(type))) : [];
}
