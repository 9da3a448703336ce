import assert from "node:assert/strict";
import { test } from "node:test";
import type { RawHeaders } from "../contracts.ts";
import { createResidency, type Residency } from "./residency.ts";

const ACCOUNT = "account-secret-1";
const headers = ["Authorization", "Bearer token-secret", "ChatGPT-Account-Id", ACCOUNT];

interface Scene {
  readonly ask: (given?: RawHeaders) => Residency | Promise<Residency>;
  readonly reports: string[];
  readonly checks: () => number;
  later(ms: number): void;
}

/** A look-up against these answers of the accounts check, the last of which repeats. */
function scene(...answers: (object | string | Error | undefined)[]): Scene {
  let checks = 0;
  let time = 0;
  const reports: string[] = [];
  const look = createResidency({
    hosts: ["chatgpt.com"],
    report: (message) => reports.push(message),
    now: () => time,
    check: async () => {
      const answer = answers[Math.min(checks, answers.length - 1)];
      checks += 1;
      if (answer instanceof Error) throw answer;
      return answer === undefined
        ? undefined
        : Buffer.from(typeof answer === "string" ? answer : JSON.stringify(answer));
    },
  });
  return {
    ask: (given = headers) => look(given),
    reports,
    checks: () => checks,
    later: (ms) => {
      time += ms;
    },
  };
}

const listed = (fields: object): object => ({ accounts: [{ id: "other" }, { id: ACCOUNT, ...fields }] });
const mapped = (fields: object): object => ({
  accounts: { [ACCOUNT]: { account: { account_id: ACCOUNT, ...fields } } },
});
const origin = (residency: Residency): string | undefined => residency.origin?.origin;

test("a workspace without a constraint goes where everybody goes", async () => {
  for (const shape of [listed, mapped]) {
    const none = { workspace_backend_origin: "NO_CONSTRAINT", account_routing_override: "NO_CONSTRAINT" };
    assert.deepEqual(await scene(shape(none)).ask(), {});
    assert.deepEqual(await scene(shape({ workspace_backend_origin: null })).ask(), {});
  }
});

test("a constrained workspace gets its backend and its header", async () => {
  const fields = { workspace_backend_origin: "https://us.chatgpt.com", account_routing_override: "us_cr" };
  for (const shape of [listed, mapped]) {
    const found = await scene(shape(fields)).ask();
    assert.deepEqual([origin(found), found.override], ["https://us.chatgpt.com", "us_cr"]);
  }
});

test("the first request waits, the others do not, and an hour later it is asked again", async () => {
  const { ask, checks, later } = scene(listed({ account_routing_override: "us" }));
  const first = ask();
  assert.ok(first instanceof Promise);
  assert.equal(ask(), first, "a second request meanwhile waits for the same answer");
  assert.equal((await first).override, "us");
  assert.deepEqual(ask(), { override: "us" });
  assert.equal(checks(), 1);
  later(3_600_001);
  await ask();
  assert.equal(checks(), 2);
});

test("clients without a ChatGPT account are not asked about", () => {
  const { ask, checks } = scene(listed({}));
  assert.deepEqual([ask([]), ask(["authorization", "Bearer sk-1"]), checks()], [{}, {}, 0]);
});

test("a backend that configuration does not allow is refused, and said", async () => {
  for (const backend of [
    "https://evil.example",
    "https://evilchatgpt.com",
    "http://chatgpt.com",
    "https://chatgpt.com/x",
    "nonsense",
  ]) {
    const { ask, reports } = scene(listed({ workspace_backend_origin: backend }));
    assert.deepEqual(await ask(), {}, backend);
    assert.match(reports.join(), /residency\.hosts does not allow/);
  }
});

test("a failed check keeps what was known, is tried again after a minute, and tells no secret", async () => {
  const good = listed({ account_routing_override: "us" });
  const { ask, checks, reports, later } = scene(
    good,
    new Error("refused"),
    `{"accounts":"${ACCOUNT}"}`,
    `${ACCOUNT} is no JSON`,
  );
  await ask();
  for (const [again, after] of [
    [2, 3_600_001],
    [3, 60_001],
    [4, 60_001],
  ] as const) {
    later(after);
    assert.deepEqual(await ask(), { override: "us" });
    assert.deepEqual(ask(), { override: "us" }, "not asked again at once");
    assert.equal(checks(), again);
  }
  assert.equal(reports.filter((report) => report.includes("failed")).length, 3);
  assert.doesNotMatch(reports.join(), /secret/);
});

test("a backend without the route has no constraint", async () => {
  assert.deepEqual(await scene(undefined).ask(), {});
});
