import assert from "node:assert/strict";
import { test } from "node:test";
import { type Item, item } from "../events.ts";
import { type Chain, judge } from "./history.ts";

const user: Item = { type: "message", id: "msg_1", role: "user", content: [{ type: "input_text", text: "hi" }] };
const answer = item.text("msg_2", "hello");
const call = item.call("call_1", "exec_command", { cmd: "ls" });
const result: Item = { type: "function_call_output", call_id: "call_1", output: "a.txt" };
const chain: Chain = { id: "resp_1", items: [user, call] };

function request(input: unknown, more: object = {}) {
  return { model: "m", store: false, input, ...more };
}

function refused(wire: "sse" | "ws", body: Readonly<Record<string, unknown>>, at?: Chain): string {
  const verdict = judge(wire, body, at);
  return verdict.ok ? "" : verdict.refusal.message;
}

test("a full request is its own history, an incremental one goes on from the socket's last response", () => {
  assert.deepEqual(judge("sse", request([user, call, result]), undefined), { ok: true, history: [user, call, result] });
  assert.deepEqual(judge("ws", request([result], { previous_response_id: "resp_1" }), chain), {
    ok: true,
    history: [user, call, result],
  });
  assert.deepEqual(judge("ws", request([user]), chain), { ok: true, history: [user] });
});

test("a plain string is one user message, and a message may come without its type", () => {
  const message = { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] };
  assert.deepEqual(judge("sse", request("hi"), undefined), { ok: true, history: [message] });
  const untyped = { role: "user", content: "hi" };
  assert.deepEqual(judge("sse", request([untyped]), undefined), {
    ok: true,
    history: [{ ...untyped, type: "message" }],
  });
});

test("a response that this socket did not just give is not found", () => {
  const body = request([user], { previous_response_id: "resp_9" });
  assert.deepEqual(judge("ws", body, chain), {
    ok: false,
    refusal: {
      code: "previous_response_not_found",
      message: "Previous response with id 'resp_9' not found: this socket's last response is resp_1.",
    },
  });
  assert.match(refused("ws", body), /this socket has no response to go on from/);
  assert.equal(refused("sse", body), "Unsupported parameter: previous_response_id");
});

test("every output needs its call before it, of its own kind", () => {
  assert.equal(
    refused("sse", request([user, result])),
    "No tool call found for function_call_output with call_id call_1.",
  );
  assert.match(refused("sse", request([user, result, call])), /^No tool call found/);
  const wrong: Item = { type: "custom_tool_call_output", call_id: "call_1", output: "" };
  assert.match(refused("sse", request([user, call, wrong])), /^No tool call found for custom_tool_call_output/);
  assert.match(refused("sse", request([user, call, result, result])), /^No tool call found/);
});

test("every call needs its output before the model goes on, also one from the last response", () => {
  assert.equal(
    refused("sse", request([user, call, answer])),
    "No tool output found for function_call with call_id call_1.",
  );
  const next = request([{ ...user, id: "msg_3" }], { previous_response_id: "resp_1" });
  assert.match(refused("ws", next, chain), /^No tool output found/);
});

test("context that a client presents as tool output needs no call", () => {
  const context: Item = { type: "function_call_output", name: "ide", output: "open: a.ts" };
  assert.equal(judge("sse", request([context, user]), undefined).ok, true);
});

test("ids have their type's prefix, plain characters, and at most 64 of them", () => {
  assert.match(refused("sse", request([{ ...user, id: "item_1" }])), /expected an id that begins with 'msg_'/);
  assert.match(refused("sse", request([{ ...user, id: "msg_a.b" }])), /Invalid item id 'msg_a\.b'/);
  assert.match(refused("sse", request([{ ...user, id: `msg_${"a".repeat(61)}` }])), /65 characters, at most 64/);
  assert.equal(refused("sse", request([{ ...user, id: `msg_${"a".repeat(60)}` }])), "");
  assert.equal(refused("sse", request([{ type: "something_new", id: "new_1" }])), "");
});

test("an id stands once in a request", () => {
  assert.equal(refused("sse", request([user, user])), "Duplicate item found with id msg_1.");
});

test("a request names a model, has input, and is not stored", () => {
  assert.equal(refused("sse", { input: [] }), "Missing required parameter: 'model'.");
  assert.equal(refused("sse", { model: "m" }), "Missing required parameter: 'input'.");
  assert.equal(refused("sse", request([], { store: true })), "Store must be set to false");
});
