import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { createResidency, type Residency } from "./residency.ts";

const headers = ["Authorization", "Bearer t", "ChatGPT-Account-Id", "acc-1"];

interface Made {
  readonly look: (headers: readonly string[]) => Residency | Promise<Residency>;
  readonly reports: string[];
  readonly asked: () => number;
  clock: number;
}

/** A look-up whose accounts check answers with each of these in turn. */
function made(...answers: (unknown | Error)[]): Made {
  const reports: string[] = [];
  let asked = 0;
  const state: Made = {
    clock: 0,
    reports,
    asked: () => asked,
    look: createResidency({
      hosts: ["chatgpt.com"],
      report: (message) => reports.push(message),
      now: () => state.clock,
      async check() {
        const answer = answers[Math.min(asked, answers.length - 1)];
        asked += 1;
        if (answer instanceof Error) throw answer;
        return answer === undefined
          ? undefined
          : Buffer.from(typeof answer === "string" ? answer : JSON.stringify(answer));
      },
    }),
  };
  return state;
}

const account = (more: object): object => ({ accounts: [{ id: "other" }, { id: "acc-1", ...more }] });

suite("createResidency", () => {
  const found: [string, unknown, object][] = [
    ["no such account", { accounts: [{ id: "x", workspace_backend_origin: "https://us.chatgpt.com" }] }, {}],
    [
      "no constraint",
      account({ workspace_backend_origin: "NO_CONSTRAINT", account_routing_override: "NO_CONSTRAINT" }),
      {},
    ],
    ["nulls", account({ workspace_backend_origin: null, account_routing_override: null }), {}],
    [
      "an origin",
      account({ workspace_backend_origin: "https://eu.chatgpt.com" }),
      { origin: "https://eu.chatgpt.com" },
    ],
    ["an override", account({ account_routing_override: "us_cr" }), { override: "us_cr" }],
    ["an unknown override", account({ account_routing_override: "mars" }), {}],
    ["a map by id", { accounts: { "acc-1": { account: { account_routing_override: "us" } } } }, { override: "us" }],
    ["no answer", undefined, {}],
  ];
  for (const [what, answer, expected] of found) {
    test(`The check's ${what} gives ${JSON.stringify(expected)}`, async () => {
      const { origin, ...rest } = await made(answer).look(headers);
      assert.deepEqual({ ...rest, ...(origin ? { origin: origin.origin } : {}) }, expected);
    });
  }

  for (const bad of [
    "https://evil.com",
    "https://chatgpt.com.evil.com",
    "http://eu.chatgpt.com",
    "https://eu.chatgpt.com/path",
    "nonsense",
  ]) {
    test(`A backend of ${bad} is not followed, and that is said`, async () => {
      const { look, reports } = made(account({ workspace_backend_origin: bad }));
      assert.deepEqual([await look(headers), reports.length], [{}, 1]);
      assert.match(reports[0] ?? "", /residency\.hosts does not allow/);
    });
  }

  test("Requests without an account or a login are not asked about", () => {
    const { look, asked } = made({});
    assert.deepEqual([look([]), look(headers.slice(0, 2)), look(headers.slice(2)), asked()], [{}, {}, {}, 0]);
  });

  test("An answer is shared by those that wait for it, and then had without a promise for an hour", async () => {
    const state = made(account({ account_routing_override: "us" }), account({ account_routing_override: "us_cr" }));
    const both = await Promise.all([state.look(headers), state.look(headers)]);
    assert.deepEqual(
      [both, state.look(headers), state.asked()],
      [[{ override: "us" }, { override: "us" }], { override: "us" }, 1],
    );
    state.clock = 3_600_001;
    assert.deepEqual([await state.look(headers), state.asked()], [{ override: "us_cr" }, 2]);
  });

  test("A check that fails is tolerated for a minute; what was known before still holds", async () => {
    const state = made(account({ account_routing_override: "us" }), new Error("down"), "no json");
    await state.look(headers);
    state.clock = 4_000_000;
    assert.deepEqual(await state.look(headers), { override: "us" });
    state.clock += 59_000;
    assert.deepEqual([state.look(headers), state.asked()], [{ override: "us" }, 2]);
    state.clock += 2000;
    assert.deepEqual([await state.look(headers), state.asked()], [{ override: "us" }, 3]);
    assert.deepEqual(
      state.reports.slice(1),
      ["residency", "residency"].map(
        (_, i) => `the accounts check failed (${i === 0 ? "down" : "its answer has an unknown shape"})`,
      ),
    );
  });
});
