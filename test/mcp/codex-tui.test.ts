/** Prompts, mentions and `/mcp` as people type them: in Codex's own terminal interface. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openTerminal } from "../e2e/tmux.ts";
import { WIRES, type World, world } from "../e2e/world.ts";
import { EVERYTHING } from "./everything.ts";

/** The texts of the last message in the newest main request. */
function sent({ mock }: World): string[] {
  const input = mock.record.turns.findLast(({ kind }) => kind === "main")?.json.input;
  const items: readonly { role?: string; content?: { text?: string }[] }[] = Array.isArray(input) ? input : [];
  const last = items.findLast(({ role }) => role === "user");
  return (last?.content ?? []).map(({ text }) => text ?? "");
}

for (const wire of WIRES) {
  test(`${wire}: in the terminal // reaches prompts and /mcp, and @server:uri attaches`, {
    timeout: 60_000,
  }, async (t) => {
    const here = await world(t, { route: "proxy", wire, credential: "apikey" });
    const home = join(here.environment.HOME ?? "", "plus");
    await mkdir(home, { recursive: true });
    await writeFile(join(home, "mcp.json"), JSON.stringify({ mcpServers: { everything: EVERYTHING } }));
    const terminal = await openTerminal(here, [here.codex, "--no-daemon"]);
    await terminal.shows(/Ask Codex to do anything/);

    await terminal.enter("//mcp__everything__args-prompt Paris");
    await terminal.shows(/What's weather in Paris\?$/);
    assert.equal(sent(here).at(-1), "What's weather in Paris?");

    const mention = "read @everything:demo://resource/static/document/features.md now";
    await terminal.enter(mention);
    await terminal.shows(/features.md now$/);
    assert.deepEqual(sent(here).slice(1), [mention]);
    assert.match(String(sent(here)[0]), /^<mcp-resource server="everything" uri="demo:\S+features.md">\n# Every/);

    await terminal.enter("//mcp");
    await terminal.shows(/everything.*running/);
    assert.deepEqual(here.mock.record.violations, []);
  });
}
