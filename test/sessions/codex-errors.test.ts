/** The real Codex, where something goes wrong: what was asked is kept, with how it ended. */
import assert from "node:assert/strict";
import { ev, failure, steps } from "../../src/testing/index.ts";
import { exec } from "../e2e/exec.ts";
import { begun } from "../e2e/replies.ts";
import { ends, said } from "./facts.ts";
import { LIMITS, only, story } from "./stories.ts";

const spent = { type: "usage_limit_reached", message: "No more", plan_type: "plus", resets_at: 1_795_400_000 };
const full = {
  "x-codex-primary-used-percent": "100",
  "x-codex-primary-window-minutes": "300",
  "x-codex-primary-reset-at": "1795400000",
};
const refused = { type: "invalid_request_error", code: "context_length_exceeded", message: "Too long" };

const failures = [
  {
    what: "a usage limit",
    reply: failure(429, spent, full),
    status: 429,
    error: { code: "usage_limit_reached", message: "No more" },
    limits: [{ name: "primary", usedPercent: 100, windowMinutes: 300, resetsAt: 1_795_400_000 }],
  },
  {
    what: "a request that upstream refuses",
    reply: failure(400, refused),
    status: 400,
    error: { code: "context_length_exceeded", message: "Too long" },
    limits: undefined,
  },
  {
    what: "a response that fails",
    reply: [ev.created("resp_mock_x"), ev.failed("resp_mock_x", "invalid_prompt", "Not that one")],
    status: 200,
    error: { code: "invalid_prompt", message: "Not that one" },
    limits: LIMITS,
  },
];

for (const { what, reply, status, error, limits } of failures) {
  story(
    `${what} is an error of its turn, which keeps what was asked`,
    {},
    async (world) => {
      world.mock.script(reply);
      await exec(world, "hello");
    },
    (kept) => {
      const { row, turns } = only(kept);
      assert.deepEqual([row.turns, row.errors, row.prompt], [1, 1, "hello"]);
      assert.deepEqual(
        turns.map((turn) => [turn.row.state, turn.row.error, turn.row.limits, said({ row, turns, loose: [] })]),
        [["failed", error, limits, [["> user: hello"]]]],
      );
      const legs = turns.flatMap((turn) => turn.legs.filter(({ kind }) => kind === "turn"));
      assert.deepEqual(
        legs.map((leg) => [leg.state, leg.status, leg.error]),
        [["failed", status, error]],
      );
    },
  );
}

story(
  "an answer that was cut and asked for again is one turn, with the part that had come",
  {},
  async (world) => {
    world.mock.script(begun(steps.cut()));
    await exec(world, "hello");
  },
  (kept) => {
    const conversation = only(kept);
    assert.deepEqual(ends(conversation), ["turn completed: cut, completed"]);
    assert.deepEqual(said(conversation), [
      ["> user: hello", "< assistant (partial): so far", "< assistant: echo: hello"],
    ]);
    const [cut] = conversation.turns.flatMap(({ legs }) => legs.filter(({ kind }) => kind === "turn"));
    assert.ok(cut);
    assert.equal((cut.error as { code: string }).code, "CP_UPSTREAM_CUT");
  },
);
