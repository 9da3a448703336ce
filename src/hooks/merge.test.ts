import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EVENTS, type Handler, type HookInput } from "./hook.ts";
import { merge, type Word } from "./merge.ts";
import { read } from "./output.ts";

const handler = (name: string): Handler => ({
  event: "PreToolUse",
  matcher: undefined,
  kind: "command",
  name,
  file: "f",
  layer: "user",
  timeoutMs: undefined,
  options: {},
});
const input: HookInput = { session_id: "s", transcript_path: "t", cwd: "/", tool_name: "Bash", prompt: "p" };

const event = fc.constantFrom(...EVENTS);
const text = fc.string({ maxLength: 8 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const output = fc.record({
  continue: maybe(fc.boolean()),
  stopReason: maybe(text),
  systemMessage: maybe(text),
  decision: maybe(fc.constantFrom("approve", "block")),
  reason: maybe(text),
  hookSpecificOutput: maybe(
    fc.record({
      hookEventName: event,
      permissionDecision: maybe(fc.constantFrom("allow", "deny", "ask", "defer")),
      permissionDecisionReason: maybe(text),
      additionalContext: maybe(text),
      updatedInput: maybe(fc.record({ command: text })),
    }),
  ),
});
const ending = fc.record({
  code: fc.constantFrom(0, 0, 0, 1, 2),
  stdout: fc.oneof(
    output.map((value) => JSON.stringify(value)),
    text,
    fc.constant(""),
  ),
  stderr: text,
});

test("what is denied is denied, by whoever and in whichever place, and is not rewritten", () => {
  fc.assert(
    fc.property(fc.array(ending, { maxLength: 6 }), (endings) => {
      const words = endings.map((one, index): Word => {
        const own = handler(`hook ${index}`);
        return {
          handler: own,
          said: read("PreToolUse", input, own, one),
          run: { handler: own, at: 0, ms: 0, outcome: "ok" },
        };
      });
      const { decision, block, updatedInput } = merge("PreToolUse", input, words);
      const denied = words.some(({ said }) => said.decision === "deny");
      assert.equal(decision === "deny", denied);
      assert.equal(block !== undefined, denied);
      if (denied) assert.equal(updatedInput, undefined);
      const turned = merge("PreToolUse", input, words.toReversed());
      assert.equal(turned.decision, decision);
      assert.deepEqual(turned.context.length, merge("PreToolUse", input, words).context.length);
    }),
  );
});

test("whatever a hook prints for whatever event is read, and never thrown at", () => {
  fc.assert(
    fc.property(event, ending, fc.constantFrom(undefined, "block" as const), (name, one, onFailure) => {
      const own = { ...handler("hook"), options: { onFailure } };
      const said = read(name, input, own, one);
      const run = { handler: own, at: 0, ms: 0, outcome: "ok" } as const;
      const { block, messages } = merge(name, input, [{ handler: own, said, run }]);
      // Code 2 is heard wherever anybody can be told.
      if (one.code === 2) assert.ok(block !== undefined || messages.length > 0);
    }),
  );
});
