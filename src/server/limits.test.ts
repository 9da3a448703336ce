import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { LimitMemory } from "./limits.ts";

suite("LimitMemory", () => {
  const mine = ["chatgpt-account-id", "a", "authorization", "Bearer 1"];
  const limits = [
    "X-Codex-Primary-Used-Percent",
    "12",
    "x-codex-secondary-reset-at",
    "1",
    "x-codex-credits-balance",
    "3",
    "x-mini-primary-window-minutes",
    "5",
    "x-codex-limit-name",
    "n",
  ];

  test("It gives back the limits of an account's last answer, and nothing else of it", () => {
    const memory = new LimitMemory();
    memory.remember(mine, ["content-type", "x", ...limits, "set-cookie", "c", "x-request-id", "r"]);
    assert.deepEqual(memory.recall(mine), limits);
  });

  test("An answer without limits takes none away, and accounts are kept apart", () => {
    const memory = new LimitMemory();
    memory.remember(mine, limits);
    memory.remember(mine, ["x-request-id", "r"]);
    assert.deepEqual(
      [
        memory.recall(["chatgpt-account-id", "b"]),
        memory.recall(["authorization", "Bearer 1"]),
        memory.recall([...mine, "x", "y"]),
      ],
      [[], [], limits],
    );
  });
});
