/** The examples do what they say. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import type { StreamEvent } from "../../src/hooks/define.ts";
import type { Handler } from "../../src/hooks/hook.ts";
import { HookModules } from "../../src/hooks/modules/index.ts";
import { postOutput, preInput } from "../../src/hooks/wire.ts";

const FOLDER = join(import.meta.dirname, "../../examples/hooks");
const modules = new HookModules();
after(() => modules.close());
const handlers = modules.find([{ folder: FOLDER, layer: "plus-user" }]).flatMap((one) => one.handlers);
const named = (name: string): readonly Handler[] => handlers.filter(({ file }) => file.endsWith(name));
const setting = {
  project: FOLDER,
  env: { PATH: process.env.PATH },
  signal: new AbortController().signal,
  failed: (_: Handler, why: string) => assert.fail(why),
};

test("the prompt linter stops keys, asks for more, and lets the rest pass", async () => {
  const lint = (prompt: string) =>
    preInput(modules, named("prompt-linter.ts"), { prompt, model: "m", session: "s", cwd: FOLDER }, setting);
  const answer = "Not sent: the prompt holds what looks like a secret key. Take it out.";
  assert.deepEqual(await lint(`use sk-${"a".repeat(30)}`), { answer, context: [] });
  const context = "The prompt names no file and no goal: ask for both before changing code.";
  assert.deepEqual(await lint("fix it!"), { context: [context] });
  assert.deepEqual(await lint("fix the test in a.ts"), { context: [] });
});

test("the stream redactor hides addresses, however they are cut", async () => {
  const delta = (text: string): StreamEvent => ({ type: "response.output_text.delta", delta: text });
  const events = [
    delta("write to ada"),
    delta("@example"),
    delta(".com now"),
    { type: "response.output_text.done", text: "write to ada@example.com now" },
  ];
  let shown = "";
  let done: unknown;
  for (const event of events) {
    const of = { session: "s", model: "m" };
    for (const each of (await postOutput(modules, named("stream-redactor.ts"), event, of, setting)).events) {
      if (each.type === "response.output_text.delta") shown += String(each.delta);
      else done = each.text;
    }
  }
  assert.deepEqual([shown, done], ["write to [address] now", "write to [address] now"]);
});

test("the Python example denies a deploy on Fridays, and only then", async () => {
  const [handler] = named("no_friday_deploys.py");
  assert.ok(handler);
  const input = { tool_name: "Bash", tool_input: { command: "make deploy" } };
  const asked = { event: "PreToolUse", input } as const;
  const { value, failure } = await modules.ask(handler, asked, { ...setting, timeoutMs: 10_000 });
  assert.equal(failure, undefined);
  const friday = new Date().getDay() === 5;
  const decision = (value as { hookSpecificOutput?: { permissionDecision?: string } } | undefined)?.hookSpecificOutput;
  assert.equal(decision?.permissionDecision, friday ? "deny" : undefined);
});
