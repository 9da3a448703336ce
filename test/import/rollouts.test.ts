/** Files as five releases of the real Codex wrote them, over a year and a half in which their format changed. */
import assert from "node:assert/strict";
import { cp, mkdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { type RolloutFile, rolloutFile, rolloutFiles } from "../../src/sessions/import/files.ts";
import { sqliteReader } from "../../src/sessions/sqlite/reader.ts";
import { homeOf, makeStore, rowsOf, story, take } from "./store.ts";

const VERSIONS = ["0.29.0", "0.50.0", "0.98.0", "0.130.0", "0.169.0"];

async function onlyFile(version: string, part: string): Promise<RolloutFile> {
  const found = (await rolloutFiles(homeOf(version))).find(({ path }) => path.includes(part));
  assert.ok(found);
  return found;
}

/** A home with one file, of these lines. */
async function homeWith(folder: string, file: RolloutFile, text: string | Buffer, end = ""): Promise<string> {
  const home = join(folder, "home");
  await mkdir(join(home, "sessions"), { recursive: true });
  await writeFile(pathIn(home, file) + end, text);
  return home;
}

function pathIn(home: string, { path }: RolloutFile): string {
  return join(home, "sessions", path.split("/").at(-1) ?? "");
}

for (const version of VERSIONS) {
  test(`what Codex ${version} wrote reads as it was said`, async (t) => {
    const store = await makeStore(t);
    const done = await store.take(homeOf(version));
    assert.deepEqual(
      done.map(({ outcome, broken }) => [outcome, broken]),
      done.map(() => ["imported", 0]),
    );
    const expected = await readFile(new URL(`stories/${version}.json`, import.meta.url), "utf8");
    assert.deepEqual(JSON.parse(JSON.stringify(story(store.database))), JSON.parse(expected));
  });

  test(`what Codex ${version} wrote is taken in once, however often it is read`, async (t) => {
    const store = await makeStore(t);
    const first = await store.take(homeOf(version));
    const rows = rowsOf(store.database);
    const [second, third] = [await store.take(homeOf(version)), await store.take(homeOf(version), { again: true })];
    assert.deepEqual(rowsOf(store.database), rows);
    assert.deepEqual(
      [second, third].map((done) => done.map(({ outcome }) => outcome)),
      [first.map(() => "known"), first.map(() => "imported")],
    );
  });

  test(`what Codex ${version} goes on to write is added, wherever it was when it was read`, async (t) => {
    const files = await rolloutFiles(homeOf(version));
    const file = files.find(({ path }) => !path.includes("archived")) ?? files[0];
    assert.ok(file);
    const text = await readFile(file.path, "utf8");
    const all = await makeStore(t);
    await all.take(await homeWith(all.folder, file, text));
    const property = fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 3 }), async (cuts) => {
      const { folder, database } = all;
      const home = await homeWith(folder, file, "");
      const path = join(folder, "growing.db");
      for (const end of [...cuts.toSorted((a, b) => a - b), text.length]) {
        await writeFile(pathIn(home, file), text.slice(0, end));
        await take(path, home);
      }
      assert.deepEqual(story(path), story(database));
      for (const name of [path, `${path}-wal`, `${path}-shm`]) await rm(name, { force: true });
    });
    await fc.assert(property, { numRuns: 12 });
  });
}

test("a line that cannot be read is named, and the rest is read", async (t) => {
  const store = await makeStore(t);
  const file = await onlyFile("0.169.0", "8ccb-72a3");
  const lines = (await readFile(file.path, "utf8")).trimEnd().split("\n");
  const broken = lines.map((line, index) => (index === 3 ? line.slice(0, 100) : line));
  const home = await homeWith(
    store.folder,
    file,
    `${["", ...broken.slice(0, 20), "\u0000", ...broken.slice(20)].join("\n")}\n`,
  );
  const [done] = await store.take(home);
  assert.deepEqual(
    [done?.outcome, done?.broken, done?.named],
    [
      "imported",
      2,
      [
        { number: 5, reason: "it is not JSON" },
        { number: 22, reason: "it is not JSON" },
      ],
    ],
  );
  const whole = await makeStore(t);
  await whole.take(home, { files: [file] });
  assert.deepEqual(story(store.database), story(whole.database));
});

test("a file whose first line is broken keeps its thread, by its name", async (t) => {
  const store = await makeStore(t);
  const file = await onlyFile("0.50.0", "afac");
  const text = await readFile(file.path, "utf8");
  await store.take(await homeWith(store.folder, file, text.slice(20)));
  const reader = sqliteReader(store.database);
  t.after(() => reader.close());
  assert.deepEqual(reader.thread(file.thread)?.prompt, "run echo hi-from-tool");
});

test("a file of anything at all does not stop the others", async (t) => {
  const store = await makeStore(t);
  const file = await onlyFile("0.50.0", "afac");
  const home = await homeWith(store.folder, file, await readFile(file.path));
  const name = (digit: number): string =>
    pathIn(home, file).replace(file.thread, `00000000-0000-7000-8000-00000000000${digit}`);
  await writeFile(name(1), '[1,2]\n"text"\nnull\n{"type":"response_item","payload":null}\n{}\n');
  await writeFile(`${name(2)}.zst`, "no zstd at all");
  await writeFile(name(3), "");
  const done = await store.take(home);
  assert.deepEqual(
    done.map(({ file: { thread }, outcome, reason }) => [thread.at(-1), outcome, reason === undefined]).sort(),
    [
      [file.thread.at(-1), "imported", true],
      ["1", "empty", true],
      ["2", "unreadable", false],
      ["3", "empty", true],
    ].sort(),
  );
});

test("garbled lines never stop a file", async (t) => {
  const file = await onlyFile("0.169.0", "8ccb-72a3");
  const lines = (await readFile(file.path, "utf8")).trimEnd().split("\n");
  const store = await makeStore(t);
  const payload = fc.dictionary(
    fc.constantFrom("type", "turn_id", "id", "role", "content", "info", "source"),
    fc.jsonValue(),
  );
  const line = fc.oneof(
    fc.constantFrom(...lines),
    fc.string(),
    fc
      .record({
        type: fc.constantFrom("session_meta", "turn_context", "response_item", "event_msg", "compacted"),
        payload,
      })
      .map((value) => JSON.stringify(value)),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 30 }), async (some) => {
      const home = await homeWith(store.folder, file, some.join("\n"));
      const [done] = await store.take(home, { again: true });
      assert.ok(done?.outcome === "imported" || done?.outcome === "empty", done?.reason);
    }),
    { numRuns: 60 },
  );
});

test("a packed file reads as the plain one, which goes before it where both are there", async (t) => {
  const [plain, packed] = [await makeStore(t), await makeStore(t)];
  const file = await onlyFile("0.169.0", "8ccb-72a3");
  const text = await readFile(file.path);
  await plain.take(await homeWith(plain.folder, file, text));
  const home = await homeWith(packed.folder, file, zstdCompressSync(text), ".zst");
  await packed.take(home);
  assert.deepEqual(rowsOf(packed.database), rowsOf(plain.database));
  await writeFile(pathIn(home, file), text);
  assert.deepEqual(
    (await rolloutFiles(home)).map(({ path }) => path.endsWith(".zst")),
    [false],
  );
});

test("a file is read again when it has changed, and only then", async (t) => {
  const store = await makeStore(t);
  const file = await onlyFile("0.50.0", "afac");
  const home = await homeWith(store.folder, file, await readFile(file.path));
  const outcomes: string[] = [];
  const again = async (): Promise<void> => {
    for (const { outcome } of await store.take(home)) outcomes.push(outcome);
  };
  await again();
  await again();
  await utimes(pathIn(home, file), 1000, 1000);
  await again();
  await again();
  assert.deepEqual(outcomes, ["imported", "known", "imported", "known"]);
});

test("pictures are kept once, large ones are only told of", async (t) => {
  const [small, none] = [await makeStore(t), await makeStore(t)];
  const files = [await onlyFile("0.169.0", "8fe0")];
  await small.take(homeOf("0.169.0"), { files });
  await none.take(homeOf("0.169.0"), { files, blobBytes: 10 });
  const sizes = ({ database }: typeof small): unknown[] => {
    const reader = sqliteReader(database);
    t.after(() => reader.close());
    const [hash = ""] = rowsOf(database).blobs?.map((row) => String((row as { hash: string }).hash)) ?? [];
    const blob = reader.blob(hash.toLowerCase());
    return [blob?.mediaType, blob?.size, blob?.bytes?.length];
  };
  assert.deepEqual(
    [sizes(small), sizes(none)],
    [
      ["image/png", 70, 70],
      ["image/png", 70, undefined],
    ],
  );
});

test("accounts are not stored", async (t: TestContext) => {
  const store = await makeStore(t);
  const home = homeOf("0.169.0");
  const files = await rolloutFiles(home);
  const texts = await Promise.all(files.map(({ path }) => readFile(path, "utf8")));
  assert.ok(texts.some((text) => text.includes("creator_account_id")));
  await store.take(home);
  for (const name of [store.database, `${store.database}-wal`]) {
    const bytes = await readFile(name).catch(() => Buffer.alloc(0));
    for (const secret of ["00000000-0000-4000-8000-00000000c0de", "user-demo"]) assert.ok(!bytes.includes(secret));
  }
});

test("a fork whose parent is gone keeps what it has of it", async (t) => {
  const store = await makeStore(t);
  const fork = await onlyFile("0.98.0", "3358");
  const home = join(store.folder, "home");
  await mkdir(join(home, "sessions"), { recursive: true });
  await cp(fork.path, join(home, "sessions", fork.path.split("/").at(-1) ?? ""));
  await store.take(home, { files: [await rolloutFile(pathIn(home, fork))] });
  const reader = sqliteReader(store.database);
  t.after(() => reader.close());
  const prompts = [...reader.items(fork.thread)].filter(({ role }) => role === "user").map(({ text }) => text);
  assert.deepEqual(prompts, [
    "one",
    "two",
    "this will be interrupted",
    "after the interrupt",
    "this fails",
    "in the fork",
  ]);
});
