/** The real Codex CLI: what a person does all day. */
import assert from "node:assert/strict";
import { steps } from "../../src/testing/index.ts";
import { bothWays } from "./both-ways.ts";
import { exec, messages, startExec } from "./exec.ts";
import { begun } from "./replies.ts";

for (const credential of ["chatgpt", "apikey"] as const) {
  bothWays(
    `a text turn with ${credential === "chatgpt" ? "a ChatGPT login" : "an API key"}`,
    { credential },
    (world) => exec(world, "hello there"),
    (shown) => {
      assert.deepEqual([shown.code, messages(shown)], [0, ["echo: hello there"]]);
    },
  );
}

bothWays(
  "a tool call and its follow-up",
  {},
  (world) => exec(world, "run echo hi-from-tool"),
  (shown) => {
    const { code, events } = shown;
    const command = events.find(({ type, item }) => type === "item.completed" && item?.type === "command_execution");
    assert.deepEqual(
      [code, command?.item?.aggregated_output, messages(shown)],
      [0, "hi-from-tool\n", ["The tool said: hi-from-tool"]],
    );
  },
);

bothWays(
  "a model without code mode",
  {},
  (world) => exec(world, "--model", "gpt-5.5", "run echo hi-from-tool"),
  (shown) => {
    assert.deepEqual(messages(shown), ["The tool said: hi-from-tool"]);
  },
);

bothWays(
  "a resumed thread",
  {},
  async (world) => [await exec(world, "one"), await exec(world, "resume", "--last", "two")],
  (runs) => {
    assert.deepEqual(runs.map(messages), [["echo: one"], ["echo: two"]]);
  },
);

bothWays(
  "SIGINT in the middle of a reply",
  {},
  async (world) => {
    world.mock.script(begun(steps.silence()));
    const { child, shown } = startExec(world, "hello");
    const main = () => world.mock.record.turns.find(({ kind }) => kind === "main");
    await world.mock.record.until(() => (main()?.sent.length ?? 0) > 2);
    child.kill("SIGINT");
    const result = await shown;
    await world.mock.record.until(() => main()?.end !== undefined);
    return result;
  },
  ({ code, signal, events }) => {
    assert.deepEqual({ code, signal, last: events.at(-1)?.type }, { code: 1, signal: null, last: "turn.started" });
  },
);
