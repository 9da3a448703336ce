import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Worker } from "node:worker_threads";
import type { Leg } from "../ledger.ts";
import { itemFacts } from "../recorder/digest/item.ts";
import { sqliteWriter } from "../sqlite/writer.ts";
import { Reading } from "./index.ts";
import type { Wish } from "./questions.ts";

let folder: string;
let path: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "codex-plus-reading-"));
  path = join(folder, "plus.db");
  const writer = sqliteWriter(path);
  writer.append([leg("cp_1", "r-1", "first"), leg("cp_1", "r-2", "second"), leg("cp_2", "r-3", "third")]);
  writer.close();
});
after(() => rm(folder, { recursive: true }));

function leg(thread: string, request: string, text: string): Leg {
  const message = { type: "message", role: "user", content: [{ type: "input_text", text }] };
  return {
    key: `run/${request}`,
    thread: { id: thread, kind: "user", root: thread, source: "wire" },
    turn: request,
    begins: true,
    kind: "turn",
    wire: "sse",
    started: Number(request.slice(2)),
    ms: 1,
    state: "completed",
    local: false,
    dropped: false,
    asked: [itemFacts(message, { blobBytes: 0 })],
    whole: false,
    answered: [],
  };
}

const wish = (request: string, more: Partial<Wish> = {}): Wish => ({
  thread: "",
  request,
  format: "json",
  mask: false,
  to: { folder: join(folder, "own") },
  ...more,
});

/** The texts of an exported session. */
async function texts(file: string): Promise<string[]> {
  const { thread } = JSON.parse(await readFile(file, "utf8"));
  return thread.turns.flatMap(({ items }: { items: { body: { content: { text: string }[] } }[] }) =>
    items.map(({ body }) => body.content[0]?.text),
  );
}

test("a conversation is saved as it was before the request that asks for it, whether or not the client names it", async (t) => {
  const reading = new Reading(path);
  t.after(() => reading.close());
  const file = join(folder, "own/cp_1.json");
  for (const thread of ["", "cp_1"]) {
    const { what, ...saved } = await reading.save(wish("r-2", { thread }));
    assert.deepEqual([what, { ...saved, bytes: 0 }], ["saved", { file, bytes: 0, turns: 1 }]);
    assert.deepEqual(await texts(file), ["first"]);
  }
  assert.deepEqual(await reading.save(wish("r-3")), { what: "empty" });
  assert.deepEqual(await reading.save(wish("r-9")), { what: "unknown" });
  // A request that is not recorded (yet): all that is.
  await reading.save(wish("r-9", { thread: "cp_1" }));
  assert.deepEqual(await texts(file), ["first", "second"]);
});

test("a file that is there is left alone", async (t) => {
  const reading = new Reading(path);
  t.after(() => reading.close());
  const file = join(folder, "mine.json");
  await writeFile(file, "mine");
  assert.deepEqual(await reading.save(wish("r-2", { to: { file } })), { what: "taken", file });
  assert.equal(await readFile(file, "utf8"), "mine");
});

test("several questions at once get their own answers; a query without meaning is refused as such", async (t) => {
  const reading = new Reading(path);
  t.after(() => reading.close());
  const [list, found, none] = await Promise.all([
    reading.list({ limit: 1 }),
    reading.search("second", {}),
    reading.search("", {}).catch(({ code }: { code: string }) => code),
  ]);
  assert.deepEqual(
    [list.map(({ id }) => id), found.map(({ thread, hits }) => [thread.id, hits.length]), none],
    [["cp_2"], [["cp_1", 1]], "CP_USAGE"],
  );
});

test("a file that is no database is told as an error of ours", async (t) => {
  const other = join(folder, "other.db");
  await writeFile(other, "no database at all, but long enough to be looked at as if it were one");
  const reading = new Reading(other);
  t.after(() => reading.close());
  await assert.rejects(reading.list({}), { name: "CodexPlusError", code: "CP_FILE_UNUSABLE" });
});

test("the thread ends when nothing was asked for a while, and another begins with the next question", async (t) => {
  const reading = new Reading(path);
  t.after(() => reading.close());
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const begun: Worker[] = [];
  const note = (worker: Worker): void => void begun.push(worker);
  process.on("worker", note);
  t.after(() => process.off("worker", note));
  await reading.list({});
  await reading.list({});
  const [first] = begun;
  assert.ok(first && begun.length === 1);
  const exit = once(first, "exit");
  t.mock.timers.tick(15_000);
  await exit;
  assert.equal((await reading.list({})).length, 2);
  assert.equal(begun.length, 2);
});

test("what still waits when it is closed fails and says why", async () => {
  const reading = new Reading(path);
  const waits = assert.rejects(reading.list({}), { message: "not read: Codex-Plus is stopping" });
  await reading.close();
  await waits;
});
