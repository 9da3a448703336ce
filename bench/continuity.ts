/** What continuity costs: a thread with 100 rewritten items in a history of 500 KB, and one with nothing. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "../src/log.ts";
import { type Item, RequestBody } from "../src/protocol/request.ts";
import { Continuity } from "../src/sessions/continuity/index.ts";
import { sqliteShelf } from "../src/sessions/sqlite/continuity.ts";
import type { Head } from "../src/turn.ts";

const REWRITTEN = 100;
const RUNS = 500;

const head: Head = {
  wire: "sse",
  kind: "main",
  thread: "thread",
  parents: ["session"],
  turn: "turn",
  method: "POST",
  path: "/responses",
  headers: [],
};
const id = (kind: string, n: number): string => `${kind}_01a20215-4b1b-7c80-896e-${String(n).padStart(12, "0")}`;

function prompt(n: number): Item {
  const content = [{ type: "input_text", text: `//review "file ${n}"\nand say what is wrong with it. `.repeat(5) }];
  const labels = { turn_id: id("turn", n), create_time: 1795328701.89, content_item_kinds: ["user.text"] };
  return {
    type: "message",
    id: id("msg", n),
    role: "user",
    content,
    internal_chat_message_metadata_passthrough: labels,
  };
}

/** A turn as today's models make it: a prompt, reasoning, a program and its output, an answer. */
function turnItems(n: number): Item[] {
  const call = id("call", n);
  const input = 'const r = await tools.exec_command({cmd:"ls"});\ntext(r.output);\n'.repeat(8);
  const output = [{ type: "input_text", text: `Script completed\n${'a line of "output"\n'.repeat(90)}` }];
  const text = "It is **wrong** in these ways:\n- one\n- two\n".repeat(10);
  return [
    prompt(n),
    { type: "reasoning", id: id("rs", n), summary: [], content: null, encrypted_content: "gAAAAB".repeat(150) },
    { type: "custom_tool_call", id: id("ctc", n), call_id: call, name: "exec", status: "completed", input },
    { type: "custom_tool_call_output", id: id("ctco", n), call_id: call, output },
    { type: "message", id: id("msg_a", n), role: "assistant", content: [{ type: "output_text", text }] },
  ];
}

const numbers = Array.from({ length: REWRITTEN }, (_, n) => n);
const bytes = Buffer.from(JSON.stringify({ model: "gpt", store: false, input: numbers.flatMap(turnItems) }));
const folder = mkdtempSync(join(tmpdir(), "codex-plus-bench-"));
const store = new Continuity(sqliteShelf(join(folder, "plus.db")), createLogger("warn"));

const writes: number[] = [];
for (const n of numbers) {
  const request = new RequestBody(Buffer.from(JSON.stringify({ model: "gpt", input: [prompt(n)] })));
  const start = performance.now();
  store.rewrite({ head, request }, 0, [{ ...prompt(n), content: `The whole command, written out. ${n} `.repeat(8) }]);
  writes.push(performance.now() - start);
}

const restores: number[] = [];
const whole: number[] = [];
for (let run = 0; run < RUNS; run += 1) {
  const request = new RequestBody(bytes);
  const start = performance.now();
  store.restore({ head, request });
  restores.push(performance.now() - start);
  request.bytes();
  whole.push(performance.now() - start);
}
const other = { ...head, thread: "another", parents: ["yet another"] };
const start = performance.now();
for (let run = 0; run < 1_000_000; run += 1) store.touches(other);
const touches = performance.now() - start;

store.close();
rmSync(folder, { recursive: true });

const at = (times: readonly number[], share: number): string =>
  `${(times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? 0).toFixed(2)} ms`;
console.log(`history: ${Math.round(bytes.length / 1024)} KB, ${REWRITTEN * 5} items, ${REWRITTEN} of them rewritten`);
console.log(`restore:                p50 ${at(restores, 0.5)}  p99 ${at(restores, 0.99)}   (bar: p50 < 2 ms)`);
console.log(`restore and new bytes:  p50 ${at(whole, 0.5)}  p99 ${at(whole, 0.99)}`);
console.log(`a rewrite, kept on disk: p50 ${at(writes, 0.5)}  p99 ${at(writes, 0.99)}`);
console.log(`a thread with nothing:  ${touches.toFixed(0)} ns a request`);
