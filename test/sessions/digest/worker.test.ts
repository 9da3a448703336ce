/** The worker's thread itself, with a real file. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import test, { suite, type TestContext } from "node:test";
import { Worker } from "node:worker_threads";
import type { FromWorker, ToWorker } from "../../../src/sessions/recorder/notes.ts";
import { notesOf } from "./notes.ts";
import { body, completed, done, prompt, reply } from "./words.ts";

const FILE = new URL("../../../src/sessions/recorder/worker.ts", import.meta.url);

/** A worker for a file of its own that is told this, until it has ended. @param before what stands in the file already */
async function talk(t: TestContext, told: readonly ToWorker[], before?: string) {
  const folder = await mkdtemp(join(tmpdir(), "codex-plus-worker-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "plus.db");
  if (before !== undefined) await writeFile(path, before);
  const said: FromWorker[] = [];
  const worker = new Worker(FILE, { workerData: { path, run: "run", blobBytes: 1000 } });
  t.after(() => worker.terminate());
  worker.on("message", (message: FromWorker) => said.push(message));
  for (const message of told) worker.postMessage(message);
  const [code] = (await once(worker, "exit")) as [number];
  return { path, said, code };
}

function items(path: string): unknown[] {
  const db = new DatabaseSync(path, { readOnly: true });
  const rows = db.prepare("SELECT role, text FROM item ORDER BY n").all();
  db.close();
  return rows.map((row) => ({ ...row }));
}

suite("The worker", { timeout: 20_000 }, () => {
  const notes = notesOf({ request: body([prompt]), answer: [done(reply), completed()] });
  const written = [
    { role: "user", text: "Say hello" },
    { role: "assistant", text: "Hello" },
  ];

  const told: ToWorker[] = [{ what: "notes", notes, size: 10 }, { what: "flush", ticket: 3 }, { what: "close" }];
  const answers: FromWorker[] = [
    { what: "taken", size: 10 },
    { what: "flushed", ticket: 3 },
  ];

  test("writes what it is told, says so, and ends when it shall", async (t) => {
    const { path, said, code } = await talk(t, told);
    assert.deepEqual([said, code, items(path)], [answers, 0, written]);
  });

  test("puts a broken file aside, tells its name, and writes into a new one", async (t) => {
    const { path, said, code } = await talk(t, told, "no database, but long enough to be taken for one ".repeat(40));
    const aside = said.find((message) => message.what === "store");
    assert.ok(aside?.setAside?.startsWith(path));
    assert.deepEqual(
      [said.filter((message) => message !== aside), aside?.ok, code, items(path)],
      [answers, true, 0, written],
    );
  });
});
