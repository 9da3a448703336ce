import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuiltinCall } from "./builtin.ts";
import { type HookRoom, hooks } from "./hooks.ts";

const guard = { event: "PreToolUse", matcher: "Bash", name: "./guard.sh", file: "/p/.claude/settings.json" };
const greet = { event: "SessionStart", matcher: "", name: "echo `date`", file: "/home/me/.claude/settings.json" };
const call: BuiltinCall = {
  args: "",
  thread: "t",
  request: "r",
  model: "m",
  cwd: "/p",
  catalog: () => Promise.reject(new Error("not asked for")),
};
const room = (set: Partial<Awaited<ReturnType<HookRoom["set"]>>>, runs: ReturnType<HookRoom["runs"]> = []) =>
  hooks({ set: async () => ({ handlers: [], untrusted: [], problems: [], ...set }), runs: () => runs }, "/home/me");

const SHELL = "In a shell: `codex-plus hooks test EVENT` tries them, `codex-plus hooks log` tells of all runs.";

test("what runs, what does not and why, and the last runs", async () => {
  const at = new Date(2026, 10, 22, 20, 31).getTime();
  const run = { handler: guard, at, ms: 12.3, outcome: "blocked", note: "no *rm*\nhere | there" };
  const builtin = room(
    {
      handlers: [greet],
      untrusted: [{ file: guard.file, changed: true, handlers: [guard] }],
      problems: [
        { file: guard.file, what: "PreToolUse: it is not a list", guards: true },
        { file: greet.file, what: "Foo: this event is not fired here", guards: false },
      ],
    },
    [run],
  );
  assert.equal(
    await builtin.run(call),
    `**Run**

- SessionStart: \`echo 'date'\` (\`/home/me/.claude/settings.json\`)

**Not run, as nobody has trusted them**

- \`/p/.claude/settings.json\`, which has changed since you trusted it: 1 hook
  - PreToolUse \`Bash\`: \`./guard.sh\` (\`/p/.claude/settings.json\`)

Read them, and if you trust them, in a shell: \`codex-plus trust /p\`

**Guards that are missing: what they would have stopped is run**

- \`/p/.claude/settings.json\`: PreToolUse: it is not a list

**Left out**

- \`/home/me/.claude/settings.json\`: Foo: this event is not fired here

**Last runs**

| when | event | hook | took | outcome |
| --- | --- | --- | --- | --- |
| 2026-11-22 20:31 | PreToolUse | \`./guard.sh\` | 12 ms | blocked: no \\*rm\\* here \\| there |

${SHELL}`,
  );
});

test("where there are none it says so", async () => {
  assert.equal(await room({}).run({ ...call, cwd: undefined }), `No hooks for \`/home/me\`.\n\n${SHELL}`);
});
