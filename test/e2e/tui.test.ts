/** The real Codex in a terminal: what most people use. It asks for a title beside each turn, the commonest side request. */
import assert from "node:assert/strict";
import { bothWays } from "./both-ways.ts";
import { openTerminal } from "./tmux.ts";

bothWays(
  "the TUI shows the answer, and the title that it asked for by itself",
  { credential: "apikey" },
  async (world) => {
    const terminal = await openTerminal(world, [world.codex, "--no-daemon"]);
    await terminal.shows(/Ask Codex to do anything/);
    await terminal.enter("hello there");
    await terminal.shows(/^• echo: hello there$/);
    const lines = await terminal.shows(/Mock title/);
    await terminal.enter("run echo hi-from-tool");
    const second = await terminal.shows(/^• The tool said: /);
    await world.mock.record.until(() => world.mock.record.turns.every(({ end }) => end !== undefined));
    const said = (line: string) => /^[›•] (echo|run|hello|The tool)/.test(line);
    return { first: lines.filter(said), second: second.filter(said) };
  },
  ({ first, second }) => {
    assert.deepEqual(first, ["› hello there", "• echo: hello there"]);
    assert.deepEqual(second, [...first, "› run echo hi-from-tool", "• The tool said: hi-from-tool"]);
  },
);
