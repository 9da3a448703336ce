import assert from "node:assert/strict";
import { test } from "node:test";
import { usageOf } from "./response.ts";

test("tokens are whole numbers, whatever a gateway makes of them", () => {
  const told = { input_tokens: 10.6, output_tokens: "7", input_tokens_details: { cached_tokens: -1 } };
  assert.deepEqual(usageOf(told), { input: 11, cached: 0, output: 7, reasoning: 0 });
  assert.deepEqual(usageOf({ input_tokens: 1e300 }), { input: 2 ** 53 - 1, cached: 0, output: 0, reasoning: 0 });
  assert.equal(usageOf({ input_tokens: "many" }), undefined);
});
