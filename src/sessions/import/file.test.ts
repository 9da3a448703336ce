import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Leg } from "../ledger.ts";
import type { Writer } from "../store.ts";
import { importFile } from "./file.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "codex-plus-import-"));
});
after(() => rmSync(folder, { recursive: true }));

/** A writer that keeps what it is given. */
function keeping(): Writer & { readonly legs: Leg[] } {
  const legs: Leg[] = [];
  return {
    legs,
    append: (more) => void legs.push(...(more as Leg[])),
    remove: () => 0,
    prune: () => 0,
    close: () => undefined,
  };
}

function file(content: unknown): string {
  const path = join(folder, "session.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const message = { type: "message", role: "user", content: [{ type: "input_text", text: "hello" }] };
const item = { type: "message", role: "user", out: false, at: 1000, body: message };
const usage = { input: 0, cached: 0, output: 0, reasoning: 0 };
const turn = {
  position: 1,
  kind: "turn",
  started: 1000,
  state: "completed",
  local: false,
  usage,
  legs: [],
  items: [item],
};
const thread = { id: "t", kind: "user", root: "t", turns: [turn], waiting: [] };
const session = { schema: "codex-plus/session", version: 1, masked: true, thread, below: [], inherited: [], blobs: {} };

const HASH = "a".repeat(64);
const WRONG: Readonly<Record<string, readonly [content: unknown, reason: string]>> = {
  "no JSON": ["{", "it is no JSON"],
  "another document": [
    { messages: [] },
    'it is no exported session (schema: Invalid input: expected "codex-plus/session")',
  ],
  "one of a newer version": [
    { ...session, version: 2, thread: undefined },
    "it is of a newer Codex-Plus (version 2 of the format, known is 1)",
  ],
  "a wrong item": [
    { ...session, thread: { ...thread, turns: [{ ...turn, items: [item, { ...item, at: "noon" }] }] } },
    "thread.turns[0].items[1].at: Invalid input: expected number, received string",
  ],
  "a picture of another hash": [
    { ...session, blobs: { [HASH]: { mediaType: "image/png", size: 1, data: "AA==" } } },
    `blobs.${HASH}: the data is not of that hash`,
  ],
};

for (const [what, [content, reason]] of Object.entries(WRONG)) {
  test(`${what} is refused with the place that is wrong, and nothing is written`, async () => {
    const path = file(content);
    const writer = keeping();
    await assert.rejects(importFile(path, writer), {
      code: "CP_FILE_UNUSABLE",
      message: `${path} cannot be imported: ${reason}`,
    });
    assert.deepEqual(writer.legs, []);
  });
}

test("a file that is not there is said to be so", async () => {
  await assert.rejects(importFile(join(folder, "none.json"), keeping()), {
    code: "CP_FILE_UNUSABLE",
    message: /ENOENT/,
  });
});

test("a document made by others may leave out the requests of a turn, and hold more than is known here", async () => {
  const writer = keeping();
  const more = { ...session, made: "elsewhere", thread: { ...thread, colour: "green" } };
  assert.deepEqual(await importFile(file(more), writer), {
    thread: "t",
    title: undefined,
    threads: 1,
    turns: 1,
    items: 1,
  });
  const [leg, ...others] = writer.legs;
  assert.deepEqual(others, []);
  assert.deepEqual(
    [leg?.key, leg?.thread.source, leg?.begins, leg?.asked.map(({ role, text }) => ({ role, text }))],
    ["t 1", "file", true, [{ role: "user", text: "hello" }]],
  );
});
