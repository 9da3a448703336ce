import assert from "node:assert/strict";
import { test } from "node:test";
import type { Handler } from "../hook.ts";
import { HookModules } from "../modules/index.ts";
import { runHandler } from "./index.ts";

test("a module that answers what is no JSON has failed", async () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const modules = new HookModules();
  const handler: Handler = {
    event: "PreToolUse",
    matcher: undefined,
    kind: "module",
    name: "/hook.ts",
    file: "/hook.ts",
    layer: "user",
    timeoutMs: 1000,
    options: {},
  };
  for (const value of [circle, 1n]) {
    modules.ask = () => Promise.resolve({ value, timedOut: false });
    const signal = new AbortController().signal;
    const ending = await runHandler(
      {
        handler,
        event: "PreToolUse",
        input: { session_id: "s", transcript_path: "", cwd: "/" },
        where: { project: "/", signal },
        env: {},
        fences: { urls: undefined, variables: undefined },
        variables: undefined,
        modules,
        send: fetch,
      },
      signal,
    );
    assert.match(ending.failure ?? "", /JSON|serialize/);
  }
});
