import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { httpHead, messageHead } from "./head.ts";

const real = {
  session_id: "s1",
  thread_id: "t1",
  turn_id: "u1",
  request_kind: "turn",
  thread_source: "user",
  workspaces: { "/home/user/project": { has_changes: false } },
};
const headersWith = (metadata: object, ...more: string[]): string[] => [
  "x-codex-turn-metadata",
  JSON.stringify(metadata),
  ...more,
];
const kindOf = (metadata: object, ...more: string[]): string =>
  httpHead("POST", "/responses", headersWith(metadata, ...more)).kind;

describe("the head of an HTTP request", () => {
  test("tells whose it is and where, from the metadata", () => {
    const headers = headersWith(real);
    assert.deepEqual(httpHead("POST", "/responses", headers), {
      wire: "sse",
      kind: "main",
      thread: "t1",
      parents: ["s1"],
      turn: "u1",
      cwd: "/home/user/project",
      method: "POST",
      path: "/responses",
      headers,
    });
  });

  test("is a person's own turn only where everything says so", () => {
    assert.equal(kindOf(real), "main");
    assert.equal(kindOf({ ...real, thread_source: undefined }), "main", "app-server clients may omit the source");
    assert.equal(kindOf({ ...real, thread_source: "thread_title" }), "side");
    assert.equal(kindOf({ ...real, thread_source: "something new" }), "side");
    assert.equal(kindOf({ ...real, request_kind: "memory" }), "side");
    assert.equal(kindOf({ ...real, subagent_kind: "review" }), "side");
    assert.equal(kindOf(real, "x-openai-subagent", "guardian"), "side");
    assert.equal(kindOf({ ...real, request_kind: "prewarm" }), "warmup");
    assert.equal(kindOf({ ...real, request_kind: "compaction" }), "compact");
  });

  test("of an old Codex, of an SDK and of nonsense is a person's", () => {
    assert.equal(kindOf({ workspaces: {} }), "main", "Codex 0.98 says no more");
    assert.equal(httpHead("POST", "/responses", []).kind, "main");
    for (const nonsense of ["", "{", "null", "[]", '"x"', "12"]) {
      assert.equal(httpHead("POST", "/responses", ["x-codex-turn-metadata", nonsense]).kind, "main", nonsense);
    }
  });

  test("takes the thread from the headers where the metadata is silent", () => {
    assert.equal(httpHead("POST", "/", ["Thread-Id", "t2", "session-id", "s2"]).thread, "t2");
    assert.equal(httpHead("POST", "/", ["session_id", "s3"]).thread, "s3");
    assert.equal(httpHead("POST", "/", []).thread, "");
  });
});

describe("the head of a WebSocket message", () => {
  const message = (fields: object): Buffer => Buffer.from(JSON.stringify({ type: "response.create", ...fields }));
  const upgrade = headersWith({ ...real, request_kind: "prewarm", turn_id: "" });

  test("comes from its own metadata; that of the upgrade is stale", () => {
    const metadata = { "x-codex-turn-metadata": JSON.stringify({ ...real, turn_id: "u2" }) };
    const head = messageHead("/responses", upgrade, message({ input: [], client_metadata: metadata }));
    assert.deepEqual([head.wire, head.kind, head.turn], ["ws", "main", "u2"]);
  });

  test("is a warm-up when nothing is to be generated, whatever else it says", () => {
    const head = messageHead("/responses", headersWith(real), message({ generate: false }));
    assert.equal(head.kind, "warmup");
  });

  test("is not taken from what a person wrote", () => {
    const forged = { client_metadata: { "x-codex-turn-metadata": '{"request_kind":"turn","turn_id":"forged"}' } };
    const text = JSON.stringify(forged);
    const own = { "x-codex-turn-metadata": JSON.stringify({ ...real, thread_source: "thread_title" }) };
    const input = [{ role: "user", content: [{ type: "input_text", text }], ...forged }];
    const head = messageHead("/responses", upgrade, message({ client_metadata: own, input }));
    assert.deepEqual([head.kind, head.turn], ["side", "u1"]);
  });

  test("knows a sub-agent by the message or the upgrade", () => {
    const own = { "x-codex-turn-metadata": JSON.stringify(real), "x-openai-subagent": "review" };
    assert.equal(messageHead("/responses", [], message({ client_metadata: own })).kind, "side");
    assert.equal(messageHead("/responses", headersWith(real, "x-openai-subagent", "review"), message({})).kind, "side");
  });
});
