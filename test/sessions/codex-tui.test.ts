/** The real Codex in its terminal: titles, Esc, steering, /compact and /fork, the same on both wires. */
import assert from "node:assert/strict";
import { ev, type Step, steps } from "../../src/testing/index.ts";
import { openTerminal } from "../e2e/tmux.ts";
import type { World } from "../e2e/world.ts";
import { ends, said } from "./facts.ts";
import { story } from "./stories.ts";

/** An answer that stops in its midst and never ends by itself. */
function halfway(id: string, text: string): readonly Step[] {
  const message = { type: "message", id: `msg_${id}`, role: "assistant", content: [] };
  return [ev.created(`resp_${id}`), ev.added(message), ev.delta(message.id, text), steps.silence()];
}

async function talk(world: World): Promise<void> {
  const { mock } = world;
  const terminal = await openTerminal(world, [world.codex, "--no-daemon"]);
  await terminal.shows(/Ask Codex to do anything/);
  await terminal.enter("hello there");
  await terminal.shows(/^• echo: hello there$/);
  await terminal.shows(/Mock title/);

  mock.script(halfway("a", "once upon"));
  await terminal.enter("a long story");
  await terminal.shows(/once upon/);
  await terminal.press("Escape");
  await terminal.shows(/interrupted/i);
  await terminal.enter("after esc");
  await terminal.shows(/^• echo: after esc$/);

  mock.script(halfway("b", "there was"));
  await terminal.enter("another story");
  await terminal.shows(/there was/);
  await terminal.enter("no, this one");
  await terminal.shows(/^• echo: no, this one$/);

  await terminal.enter("/compact");
  await terminal.shows(/Context compacted/);
  await terminal.enter("after compaction");
  await terminal.shows(/^• echo: after compaction$/);
  await terminal.enter("/fork");
  await terminal.shows(/Fork created/);
  await terminal.enter("in the fork");
  await terminal.shows(/^• echo: in the fork$/);
  await mock.record.until(() => mock.record.turns.every(({ end }) => end !== undefined));
}

story(
  "a day in the terminal is a thread, its title, and a fork that has what came before",
  { credential: "apikey" },
  talk,
  ({ threads }) => {
    const [main, title, fork, ...more] = threads;
    assert.ok(main && title && fork);
    assert.deepEqual(more, []);
    const facts = ["id", "kind", "root", "parent", "forkedFrom", "forkedAt", "title", "prompt", "turns", "below"];
    assert.deepEqual(
      [main, fork].map(({ row }) => facts.map((fact) => row[fact])),
      [
        ["thread 1", "user", "thread 1", undefined, undefined, undefined, "Mock title", "hello there", 6, 1],
        ["thread 3", "user", "thread 3", undefined, "thread 1", "an item", undefined, "in the fork", 1, 0],
      ],
    );
    const { id, kind, root, parent, turns } = title.row;
    assert.deepEqual([id, kind, root, parent, turns], ["thread 2", "title", "thread 1", "thread 1", 1]);
    assert.equal(said(title)[0]?.[1], '< assistant: {"title":"Mock title"}');

    assert.deepEqual(ends(main), [
      "turn completed: completed",
      "turn interrupted: interrupted",
      "turn completed: completed",
      "turn completed: interrupted, completed",
      "compact completed: completed",
      "turn completed: completed",
    ]);
    assert.deepEqual(said(main), [
      ["> user: hello there", "< assistant: echo: hello there"],
      ["> user: a long story", "< assistant (partial): once upon"],
      ["> user: after esc", "< assistant: echo: after esc"],
      [
        "> user: another story",
        "< assistant (partial): there was",
        "> user: no, this one",
        "< assistant: echo: no, this one",
      ],
      [],
      ["> user: after compaction", "< assistant: echo: after compaction"],
    ]);
    const [compaction] = main.turns[4]?.items ?? [];
    assert.deepEqual([compaction?.row.type, compaction?.row.out], ["compaction", true]);
    assert.deepEqual(said(fork), [["> user: in the fork", "< assistant: echo: in the fork"]]);
  },
);
