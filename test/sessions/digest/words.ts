/** What is said in the tests of the digest: items, events, requests. */
import type { ItemFacts } from "../../../src/sessions/ledger.ts";
import { itemFacts } from "../../../src/sessions/recorder/digest/item.ts";
import { type Json, metadata } from "./notes.ts";

export const prompt = {
  type: "message",
  id: "msg_1",
  role: "user",
  content: [{ type: "input_text", text: "Say hello" }],
};
export const reply = {
  type: "message",
  id: "msg_2",
  role: "assistant",
  content: [{ type: "output_text", text: "Hello" }],
};
export const call = {
  type: "function_call",
  id: "fc_1",
  call_id: "call_1",
  name: "exec_command",
  arguments: '{"cmd":"ls"}',
};
export const usage = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: 3,
  output_tokens_details: { reasoning_tokens: 1 },
};
export const created = { type: "response.created", response: { id: "resp_1" } };
export const added = (item: Json, place = 0): Json => ({
  type: "response.output_item.added",
  output_index: place,
  item,
});
export const done = (item: Json, place = 0): Json => ({ type: "response.output_item.done", output_index: place, item });
export const delta = (text: string, kind = "output_text", place = 0): Json => ({
  type: `response.${kind}.delta`,
  item_id: "msg_2",
  output_index: place,
  delta: text,
});
export const completed = (more: Json = {}): Json => ({
  type: "response.completed",
  response: { id: "resp_1", usage, ...more },
});
export const body = (input: unknown, more: Json = {}): Json => ({
  model: "gpt-6.1-sol",
  stream: true,
  input,
  reasoning: { effort: "high" },
  client_metadata: { "x-codex-turn-metadata": metadata() },
  ...more,
});
export const plain = (input: unknown, more: Json = {}): Json => body(input, { client_metadata: undefined, ...more });
export const facts = (item: Json, more: Partial<ItemFacts> = {}): ItemFacts => ({
  ...itemFacts(item, { blobBytes: 1000 }),
  ...more,
});
