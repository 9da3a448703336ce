import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageMemory } from "./usage.ts";

const main = (thread: string) => ({ kind: "main" as const, thread });
const completed = (usage: object | undefined) => ({
  type: "response.completed",
  response: { id: "r", ...(usage && { usage }) },
});

test("what the responses of a thread used adds up, thread by thread", () => {
  const memory = new UsageMemory();
  memory.see(main("a"), completed({ input_tokens: 10, input_tokens_details: { cached_tokens: 4 }, output_tokens: 3 }));
  memory.see(main("a"), completed({ input_tokens: 20, output_tokens: 1 }));
  memory.see(main("b"), completed({ input_tokens: 1, output_tokens: 1 }));
  assert.deepEqual(memory.of("a"), { turns: 2, input: 30, cached: 4, output: 4 });
  assert.deepEqual(memory.of("b"), { turns: 1, input: 1, cached: 0, output: 1 });
  assert.equal(memory.of("c"), undefined);
});

test("an answer without usage, and every other event, counts for nothing", () => {
  const memory = new UsageMemory();
  memory.see(main("a"), completed(undefined));
  memory.see(main("a"), { type: "response.created", response: { usage: { input_tokens: 5 } } });
  memory.see({ kind: "side", thread: "a" }, completed({ input_tokens: 5 }));
  assert.deepEqual([memory.of("a"), memory.limits()], [undefined, []]);
});

test("limits come from the headers of HTTP and from the events of WebSocket, the newest of each kind", () => {
  const memory = new UsageMemory();
  memory.seeHeaders([
    ...[
      "x-codex-primary-used-percent",
      "12.5",
      "X-Codex-Primary-Window-Minutes",
      "300",
      "x-codex-primary-reset-at",
      "1795400000",
    ],
    ...["x-codex-secondary-used-percent", "40", "x-codex-secondary-window-minutes", "10080", "x-other", "1"],
  ]);
  const primary = { used_percent: 13, window_minutes: 300, reset_at: 1_795_400_001 };
  memory.see(main("a"), { type: "codex.rate_limits", rate_limits: { primary, secondary: null } });
  assert.deepEqual(memory.limits(), [
    { name: "primary, 5 h", usedPercent: 13, resetsAt: 1_795_400_001 },
    { name: "secondary, 7 d", usedPercent: 40, resetsAt: undefined },
  ]);
});
