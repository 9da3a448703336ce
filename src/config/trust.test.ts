import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { TrustList } from "./trust.ts";

async function listIn(context: TestContext): Promise<{ list: TrustList; path: string }> {
  const home = await mkdtemp(join(tmpdir(), "codex-plus-trust-"));
  context.after(() => rm(home, { recursive: true, force: true }));
  const path = join(home, "deeper/trust.json");
  return { list: new TrustList(path), path };
}

test("a file is trusted with the content it had, and asked about again when that has changed", async (context) => {
  const { list } = await listIn(context);
  const before = await list.ask("/p/run.sh", "one");
  await list.add("/p", new Map([["/p/run.sh", "one"]]));
  const answers = [
    before,
    await list.ask("/p/run.sh", "one"),
    await list.ask("/p/run.sh", "two"),
    await list.ask("/p/other.sh", "one"),
  ];
  assert.deepEqual(answers, ["unknown", "trusted", "changed", "unknown"]);
});

test("whoever trusts at the same moment loses nothing of the others'", async (context) => {
  const { list, path } = await listIn(context);
  const folders = ["/a", "/b", "/c", "/d"];
  await Promise.all(folders.map((folder) => new TrustList(path).add(folder, new Map())));
  assert.deepEqual(
    (await list.list()).map(({ folder }) => folder),
    folders,
  );
});

test("trusting a folder again forgets what it held before, and removing it forgets all", async (context) => {
  const { list } = await listIn(context);
  await list.add("/p", new Map([["/p/a", "1"]]));
  await list.add("/p", new Map([["/p/b", "2"]]));
  await list.add("/a", new Map());
  assert.deepEqual(
    (await list.list()).map(({ folder, files }) => [folder, [...files]]),
    [
      ["/a", []],
      ["/p", [["/p/b", "2"]]],
    ],
  );
  assert.deepEqual(
    [await list.remove("/p"), await list.remove("/p"), await list.ask("/p/b", "2")],
    [true, false, "unknown"],
  );
});

test("the list is for its owner only", async (context) => {
  const { list, path } = await listIn(context);
  await list.add("/p", new Map());
  assert.deepEqual([(await stat(path)).mode & 0o777, (await stat(join(path, ".."))).mode & 0o777], [0o600, 0o700]);
});

test("a list that cannot be read trusts nothing and says so", async (context) => {
  const { list, path } = await listIn(context);
  await list.add("/p", new Map());
  await writeFile(path, "{}");
  await assert.rejects(list.ask("/p/a", "1"), { code: "CP_FILE_UNUSABLE" });
});
