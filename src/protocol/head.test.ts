import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { httpHead, messageHead } from "./head.ts";

const meta = (value: object): string => JSON.stringify(value);
const kindOf = (metadata: object, more: readonly string[] = []): string =>
  httpHead("POST", "/responses", ["X-Codex-Turn-Metadata", meta(metadata), ...more]).kind;

suite("httpHead", () => {
  const kinds: [string, object, readonly string[], string][] = [
    ["nothing known", {}, [], "main"],
    ["a turn of the user", { request_kind: "turn", thread_source: "user" }, [], "main"],
    ["a turn of an app that names no source", { request_kind: "turn" }, [], "main"],
    ["a prewarm", { request_kind: "prewarm" }, [], "warmup"],
    ["a compaction", { request_kind: "compaction", thread_source: "user" }, [], "compact"],
    ["a title", { request_kind: "turn", thread_source: "thread_title" }, [], "side"],
    ["a guardian", { request_kind: "turn", thread_source: "guardian_review", subagent_kind: "guardian" }, [], "side"],
    [
      "a sub-agent by its field",
      { request_kind: "turn", thread_source: "user" },
      ["x-openai-subagent", "review"],
      "side",
    ],
    [
      "a sub-agent by its kind",
      { request_kind: "turn", thread_source: "user", subagent_kind: "thread_spawn" },
      [],
      "side",
    ],
    ["a kind never heard of", { request_kind: "memory" }, [], "side"],
    ["a source never heard of", { request_kind: "turn", thread_source: "mars" }, [], "side"],
  ];
  for (const [what, metadata, more, kind] of kinds) {
    test(`${what} is ${kind}`, () => assert.equal(kindOf(metadata, more), kind));
  }

  test("Ids and folder come from the metadata", () => {
    const headers = [
      "x-codex-turn-metadata",
      meta({ thread_id: "t", turn_id: "u", workspaces: { "/home/é": {} } }),
      "thread-id",
      "old",
    ];
    assert.deepEqual(httpHead("POST", "/responses", headers), {
      ...{
        wire: "sse",
        kind: "main",
        thread: "t",
        turn: "u",
        parents: [],
        cwd: "/home/é",
        method: "POST",
        path: "/responses",
        headers,
      },
    });
  });

  for (const [what, headers, thread] of [
    ["the thread's own field", ["Thread-Id", "a", "session-id", "b"], "a"],
    ["the session", ["session-id", "b"], "b"],
    ["an old client's session", ["session_id", "c"], "c"],
    ["nothing", [], ""],
  ] as const) {
    test(`Without metadata the thread is that of ${what}`, () =>
      assert.equal(httpHead("POST", "/", headers).thread, thread));
  }

  for (const bad of ["{", "[]", "null", '"x"', '{"thread_id":1,"workspaces":[],"turn_id":null}']) {
    test(`Metadata of ${bad} is no metadata`, () => {
      const { kind, thread, turn } = httpHead("POST", "/", ["x-codex-turn-metadata", bad]);
      assert.deepEqual({ kind, thread, turn }, { kind: "main", thread: "", turn: "" });
    });
  }
});

suite("messageHead", () => {
  const stale = ["x-codex-turn-metadata", meta({ request_kind: "prewarm", thread_id: "t", turn_id: "" }), "x-a", "1"];
  const message = (fields: object): Buffer => Buffer.from(JSON.stringify({ type: "response.create", ...fields }));
  const client = (metadata: object, more = {}): object => ({
    client_metadata: { "x-codex-turn-metadata": meta(metadata), ...more },
  });

  test("The message's own metadata counts, not that of the upgrade", () => {
    const { kind, thread, turn, wire, method } = messageHead(
      "/responses",
      stale,
      message(client({ request_kind: "turn", thread_id: "t2", turn_id: "u2" })),
    );
    assert.deepEqual(
      { kind, thread, turn, wire, method },
      { kind: "main", thread: "t2", turn: "u2", wire: "ws", method: "GET" },
    );
  });

  test("A message that is not to generate is a warm-up, whatever it calls itself", () => {
    assert.equal(
      messageHead("/responses", [], message({ generate: false, ...client({ request_kind: "turn" }) })).kind,
      "warmup",
    );
  });

  test("A sub-agent is known by the message or by the upgrade", () => {
    assert.equal(
      messageHead("/", [], message(client({ request_kind: "turn" }, { "x-openai-subagent": "review" }))).kind,
      "side",
    );
    assert.equal(
      messageHead("/", ["x-openai-subagent", "review"], message(client({ request_kind: "turn" }))).kind,
      "side",
    );
  });

  test("What is no JSON has the head of the upgrade", () => {
    const { kind, thread } = messageHead("/", stale, Buffer.from("nope"));
    assert.deepEqual({ kind, thread }, { kind: "warmup", thread: "t" });
  });
});
