/** The formats as they are documented. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { z } from "zod";
import { example } from "./example.ts";
import { inFolder, ledger } from "./ledger.ts";

const published = JSON.parse(readFileSync(new URL("../../../docs/session.schema.json", import.meta.url), "utf8"));
const id = example[0]?.thread.id ?? "";

test("the JSON document is what the published schema says, with what was said, drawn and begun below", async () => {
  await inFolder(async (folder) => {
    const one = ledger(folder, "one");
    await one.append(example);
    const document = JSON.parse((await one.exported(id, "json", true)).text);
    z.fromJSONSchema(published).parse(document);
    assert.throws(() =>
      z.fromJSONSchema(published).parse({ ...document, thread: { ...document.thread, turns: [{}] } }),
    );

    const { turns, ...facts } = document.thread;
    assert.deepEqual(facts, {
      id,
      kind: "user",
      root: id,
      client: "codex-tui",
      clientVersion: "0.150.0",
      cwd: "/home/ada/engine",
      commit: "3f786850e387550fdab836ed7e6dc881de23001b",
      model: "gpt-5.2-codex",
      effort: "high",
      title: "Make the parser keep comments",
      waiting: [],
    });
    const { legs, items, ...turn } = turns[0];
    assert.deepEqual(turn, {
      id: "turn-1",
      position: 1,
      trigger: "user",
      kind: "turn",
      model: "gpt-5.2-codex",
      effort: "high",
      started: 1795339861000,
      firstByteMs: 640,
      ms: 136200,
      state: "completed",
      local: false,
      usage: { input: 55200, cached: 48300, output: 1860, reasoning: 630 },
      limits: [{ name: "primary", usedPercent: 12.5, windowMinutes: 300 }],
    });
    assert.equal(legs.length, 3);
    const calls = items.filter((item: { callId?: string }) => item.callId === "call_3");
    assert.deepEqual(
      calls.map(({ type, tool, leg, out }: (typeof calls)[0]) => ({ type, tool, leg, out })),
      [
        { type: "custom_tool_call", tool: "apply_patch", leg: 1, out: true },
        { type: "custom_tool_call_output", tool: "apply_patch", leg: 2, out: false },
      ],
    );
    const [hash] = Object.keys(document.blobs);
    assert.equal(turns[1].items[0].body.content[1].image_url, `codex-plus:blob/${hash}`);
    assert.equal(document.below[0].turns[0].items.length, 4);
  });
});

test("of JSON lines each is one item with its thread and turn, the same as in the document", async () => {
  await inFolder(async (folder) => {
    const one = ledger(folder, "one");
    await one.append(example);
    const document = JSON.parse((await one.exported(id, "json", false)).text);
    const lines = (await one.exported(id, "jsonl", false)).text.trimEnd().split("\n");
    const expected = [document.thread, ...document.below].flatMap((thread) =>
      thread.turns.flatMap((turn: { position: number; id: string; items: { leg: number }[] }) =>
        turn.items.map(({ leg: _, ...item }) => ({
          thread: thread.id,
          turn: turn.position,
          turnId: turn.id,
          ...item,
        })),
      ),
    );
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      expected,
    );
  });
});

test("the transcript in Markdown reads from top to bottom", async () => {
  await inFolder(async (folder) => {
    const one = ledger(folder, "one");
    await one.append(example);
    const { text } = await one.exported(id, "md", true);
    const [first = "", , rest = ""] = text.split(/(?=\n## )/);
    assert.ok(first.startsWith("# Make the parser keep comments\n\n- Session: `01a2b3c4-"), first);
    assert.equal(rest.includes("sk-proj"), false);
    const part = text.slice(text.indexOf("**`apply_patch"), text.indexOf("**Assistant**\n\nThe parser"));
    assert.equal(
      part,
      [
        "**`apply_patch Update File: src/lexer.ts`**\n",
        "```diff\n*** Begin Patch\n*** Update File: src/lexer.ts\n@@ export function lex",
        "-    if (match.groups?.comment !== undefined) continue;",
        "+    if (match.groups?.comment !== undefined) comments.push(match[0]);\n*** End Patch\n```\n",
        "Output:\n",
        "```\nSuccess. Updated the following files:\nM src/lexer.ts\n```\n\n",
      ].join("\n"),
    );
  });
});

test("a session that nobody knows is said to be unknown", async () => {
  await inFolder(async (folder) => {
    const one = ledger(folder, "one");
    await assert.rejects(one.exported("nobody", "json", true), {
      code: "CP_SESSION_UNKNOWN",
      message: "there is no conversation nobody",
    });
  });
});
