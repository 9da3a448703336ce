/** Sessions may be larger than memory: they are written as they are read, and read as they are taken. */
import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { exportSession, FORMATS } from "../../../src/sessions/export/index.ts";
import type { ItemRow, ThreadRow, TurnRow } from "../../../src/sessions/ledger.ts";
import type { Reader } from "../../../src/sessions/store.ts";

const usage = { input: 0, cached: 0, output: 0, reasoning: 0 };
const thread: ThreadRow = {
  ...{
    id: "t",
    kind: "user",
    root: "t",
    source: "wire",
    prompt: "",
    created: 0,
    used: 0,
    turns: 1,
    errors: 0,
    below: 0,
  },
  usage,
};
const turn: TurnRow = {
  ...{ n: 1, thread: "t", position: 1, kind: "turn", started: 0, state: "completed", local: false, usage, legs: [] },
};
const text = "word ".repeat(10_000);
const body = JSON.stringify({ type: "message", role: "assistant", content: [{ type: "output_text", text }] });

/** One turn, in which the assistant never ends. */
function endless(): Reader & { read: number } {
  const none = () => {
    throw new TypeError("not asked for by an export");
  };
  const reader = {
    read: 0,
    ...{ threads: none, find: none, search: none, stats: none, limits: none, close: none },
    thread: () => thread,
    below: () => [],
    leg: () => undefined,
    blob: () => undefined,
    turns: () => [turn].values(),
    *items(_: string, of?: number | null): IterableIterator<ItemRow> {
      if (of === null) return;
      yield {
        n: 0,
        leg: undefined,
        type: "message",
        role: "user",
        out: false,
        partial: false,
        at: 0,
        text: "go",
        body: "{}",
      };
      for (let n = 1; ; n += 1) {
        reader.read = n;
        yield { n, leg: undefined, type: "message", role: "assistant", out: true, partial: false, at: 0, text, body };
      }
    },
  };
  return reader;
}

for (const format of FORMATS) {
  test(`${format}: no more is read than is taken, and reading ends with the taking`, async () => {
    const reader = endless();
    let taken = 0;
    const to = new Writable({
      write(chunk: Buffer, _encoding, next) {
        taken += chunk.length;
        const ahead = reader.read * body.length - taken;
        assert.ok(ahead < 2e6, `${ahead} bytes have been read that nobody has taken`);
        next(taken > 10e6 ? new Error("enough") : undefined);
      },
    });
    await assert.rejects(exportSession(reader, "t", { format, mask: true, to }), { message: "enough" });
  });
}
