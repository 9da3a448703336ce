import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuiltinCall } from "./builtin.ts";
import { type Found, type Library, sessions, type Talk } from "./sessions.ts";

const AT = new Date("2026-11-22T20:31:00").getTime();
const talk = (id: string, prompt: string, cwd: string | undefined, turns = 2): Talk => ({
  id,
  prompt,
  used: AT,
  cwd,
  turns,
});
const PUMP = talk("01a2b3c4-d5e6-7000-8000-000000000001", "mend the `pump` *now*", "/work/app", 1);
const WALL = talk("01a2b3c4-d5e7-7000-8000-000000000002", "paint the wall", "/else");
const THIS = talk("this", "/sessions", "/work", 1);

const call = (args: string, more: Partial<BuiltinCall> = {}): BuiltinCall => ({
  args,
  thread: "this",
  request: "r-1",
  model: "gpt-6",
  cwd: "/work",
  catalog: () => Promise.reject(new Error("not asked for")),
  ...more,
});

/** Says what it was asked, and answers with what it is given. */
function library(talks: readonly Talk[], found: readonly Found[] = []): Library & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    asked,
    list: async (filter) => {
      asked.push(filter);
      return filter.cwd === undefined ? talks : talks.filter(({ cwd }) => cwd?.startsWith(filter.cwd ?? ""));
    },
    search: async (query, filter) => {
      asked.push(query, filter);
      return found;
    },
  };
}

const HOW =
  "In a shell: `codex-plus sessions show ID` reads one, `codex-plus sessions resume ID` goes on with it. `//sessions WORDS` finds what was said.";

test("/sessions lists the newest of this folder and elsewhere, but not the one it is asked in", async () => {
  assert.equal(
    await sessions(library([THIS, PUMP, WALL]), true).run(call("")),
    [
      "**In this folder**\n",
      "- **mend the \\`pump\\` \\*now\\*** · 2026-11-22 20:31, 1 turn · `01a2b3c4-d5e6`\n",
      "**Elsewhere**\n",
      "- **paint the wall** · 2026-11-22 20:31, 2 turns, `/else` · `01a2b3c4-d5e7`\n",
      HOW,
    ].join("\n"),
  );
  assert.equal(await sessions(library([THIS]), true).run(call("")), "No other conversations yet.");
});

test("/sessions of a client that names no folder lists them all alike", async () => {
  assert.equal(
    await sessions(library([WALL]), true).run(call(" ", { cwd: undefined, thread: "" })),
    `**All**\n\n- **paint the wall** · 2026-11-22 20:31, 2 turns, \`/else\` · \`01a2b3c4-d5e7\`\n\n${HOW}`,
  );
});

test("/sessions with words shows where they were said, conversation by conversation", async () => {
  const hits = [
    { role: "user", snippet: "…the \u0001pump\u0002 <is>\nbroken" },
    { role: "assistant", snippet: "a \u0001pump\u0002" },
    { role: "tool", tool: "exec_command", snippet: "\u0001pump\u0002.c" },
    { role: "reasoning", snippet: "one hit too many" },
  ];
  const found = library(
    [],
    [
      { thread: PUMP, hits },
      { thread: THIS, hits },
    ],
  );
  assert.equal(
    await sessions(found, true).run(call("pump")),
    [
      "**Found for** `pump`\n",
      "- **mend the \\`pump\\` \\*now\\*** · 2026-11-22 20:31, 1 turn, `/work/app` · `01a2b3c4-d5e6`",
      "  - you: …the **pump** \\<is\\> broken",
      "  - Codex: a **pump**",
      "  - `exec_command`: **pump**.c\n",
      HOW,
    ].join("\n"),
  );
  assert.deepEqual(found.asked, ["pump", { here: "/work", limit: 30 }]);
  assert.equal(await sessions(library([]), true).run(call("a`b")), "Nothing found for `a'b`.");
});

test("/sessions says that recording is off, and what is wrong with a query", async () => {
  assert.match(String(await sessions(library([]), false).run(call(""))), /^Recording is off: .*\n\nNo other/);
  const broken: Library = { ...library([]), search: () => Promise.reject(new Error("a quote is not closed")) };
  assert.equal(await sessions(broken, true).run(call('"a')), "Not found out: a quote is not closed");
});
