import assert from "node:assert/strict";
import { test } from "node:test";
import { added } from "./usage.ts";

test("tokens are added as deep as they stand, and what only one leg tells of counts as it is", () => {
  const one = { input_tokens: 10, input_tokens_details: { cached_tokens: 4 }, total_tokens: 12 };
  const other = { input_tokens: 20, input_tokens_details: { cached_tokens: 9 }, output_tokens: 3, total_tokens: 23 };
  assert.deepEqual(added(one, other), {
    input_tokens: 30,
    input_tokens_details: { cached_tokens: 13 },
    total_tokens: 35,
    output_tokens: 3,
  });
  assert.deepEqual([added(undefined, one), added(one, undefined), added(null, one)], [one, one, one]);
});
