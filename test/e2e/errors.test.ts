/** The real Codex CLI when the backend says no, or breaks off: it must see upstream's own answer, not one of ours. */
import assert from "node:assert/strict";
import { type Answer, ev, failure, type Reply, steps } from "../../src/testing/index.ts";
import { bothWays } from "./both-ways.ts";
import { exec, messages, type Shown } from "./exec.ts";
import { begun } from "./replies.ts";
import type { World } from "./world.ts";

const LIMIT_HEADERS = {
  "x-codex-primary-used-percent": "100",
  "x-codex-primary-window-minutes": "300",
  "x-codex-primary-reset-at": "1795400000",
};

/** Every attempt at a person's turn gets this. */
function always(world: World, reply: Reply): void {
  world.mock.answer(({ kind }) => (kind === "main" ? reply : undefined));
}

/** Refusals that Codex takes as final, and what it shows of each. */
const FINAL: readonly { readonly what: string; readonly answer: Answer; readonly shows: RegExp }[] = [
  {
    what: "a bad request",
    answer: failure(400, { type: "invalid_request_error", code: "bad_thing", message: "That cannot be." }),
    shows: /That cannot be\./,
  },
  {
    what: "a context that is too long",
    answer: failure(400, { code: "context_length_exceeded", message: "Too long." }),
    shows: /context/i,
  },
  {
    what: "the usage limit",
    answer: failure(
      429,
      { type: "usage_limit_reached", message: "Limit.", plan_type: "plus", resets_at: 1_795_400_000 },
      LIMIT_HEADERS,
    ),
    shows: /usage limit/i,
  },
  {
    what: "a quota that is used up",
    answer: failure(429, { type: "insufficient_quota", code: "insufficient_quota", message: "No quota." }),
    shows: /quota/i,
  },
  {
    what: "an overloaded server",
    answer: failure(503, { code: "server_is_overloaded", message: "Overloaded." }),
    shows: /capacity/i,
  },
];

for (const { what, answer, shows } of FINAL) {
  bothWays(
    `${what} ends the turn`,
    {},
    (world) => {
      always(world, answer);
      return exec(world, "hello");
    },
    ({ code, events }) => {
      assert.equal(code, 1);
      assert.match(JSON.stringify(events.at(-1)), shows);
    },
  );
}

bothWays(
  "a failure inside the stream ends the turn with its message",
  {},
  (world) => {
    always(world, [ev.created("resp_x"), ev.failed("resp_x", "invalid_prompt", "Not like this.")]);
    return exec(world, "hello");
  },
  ({ code, events }) => {
    assert.equal(code, 1);
    assert.match(JSON.stringify(events.at(-1)), /Not like this\./);
  },
);

/**
 * A cut stream is ended properly by the proxy, with its own words for the cause: the one thing Codex shows that differs.
 */
function withoutCause(shown: Shown): Shown {
  const cause = /stream disconnected before completion: (codex-plus|Transport error|WebSocket protocol error): .*/;
  return JSON.parse(JSON.stringify(shown), (_, value) =>
    typeof value === "string" ? value.replace(cause, "stream disconnected") : value,
  );
}

/** Things that pass: Codex tries again and all is well. */
const PASSING: readonly { readonly what: string; readonly reply: Reply }[] = [
  { what: "a server error", reply: failure(500, { code: "server_error", message: "Oops." }) },
  { what: "a rate limit with retry-after", reply: failure(429, { message: "Slow." }, { "retry-after": "0" }) },
  { what: "a failed response", reply: [ev.created("resp_x"), ev.failed("resp_x", "server_error", "Oops.")] },
  { what: "a stream cut short", reply: begun(steps.cut()) },
  { what: "a stream that ends early", reply: begun(steps.end()) },
  { what: "a reset connection", reply: begun(steps.reset()) },
  { what: "a close code", reply: begun(steps.close(1011, "going away")) },
];

for (const { what, reply } of PASSING) {
  bothWays(
    `${what} is got over by another attempt`,
    {},
    async (world) => {
      world.mock.script(reply);
      return withoutCause(await exec(world, "hello"));
    },
    (shown) => {
      assert.deepEqual([shown.code, messages(shown)], [0, ["echo: hello"]]);
    },
  );
}

bothWays(
  "an upgrade refused with 426 makes Codex use HTTP at once",
  {},
  (world) => {
    world.mock.intercept(({ upgrade }) => (upgrade ? { status: 426 } : undefined));
    return exec(world, "hello");
  },
  (shown) => {
    assert.deepEqual([shown.code, messages(shown)], [0, ["echo: hello"]]);
  },
);

bothWays(
  "an upgrade refused for good ends the turn with the backend's own words",
  {},
  (world) => {
    world.mock.intercept(({ path }) =>
      path.endsWith("/responses") ? failure(400, { message: "Not for you." }) : undefined,
    );
    return exec(world, "hello");
  },
  ({ code, events }) => {
    assert.equal(code, 1);
    assert.match(JSON.stringify(events.at(-1)), /Not for you\./);
  },
);
