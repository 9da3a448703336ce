import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { newFile } from "./file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "codex-plus-file-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test("the file is there when it is whole, and only its owner can read it", async () => {
  const path = join(folder, "below", "talk.json");
  await newFile(path, false, async (to) => {
    to.write("half");
    assert.equal(readdirSync(join(folder, "below")).includes("talk.json"), false);
    to.write(" and half");
  });
  assert.deepEqual(readdirSync(join(folder, "below")), ["talk.json"]);
  assert.equal(readFileSync(path, "utf8"), "half and half");
  if (process.platform !== "win32") assert.deepEqual([modeOf(path), modeOf(join(folder, "below"))], [0o600, 0o700]);
});

test("a file that is there is replaced only if asked, not even if it came meanwhile", async () => {
  const path = join(folder, "talk.json");
  writeFileSync(path, "old");
  const refused = { code: "CP_FILE_UNUSABLE", message: `${path} exists already; it is replaced only if asked` };
  await assert.rejects(
    newFile(path, false, async () => assert.fail("nothing is to be written")),
    refused,
  );
  await newFile(path, true, async (to) => void to.write("new"));
  assert.equal(readFileSync(path, "utf8"), "new");

  const other = join(folder, "other.json");
  const late = newFile(other, false, async (to) => {
    to.write("mine");
    writeFileSync(other, "theirs");
  });
  await assert.rejects(late, {
    code: "CP_FILE_UNUSABLE",
    message: `${other} exists already; it is replaced only if asked`,
  });
  assert.equal(readFileSync(other, "utf8"), "theirs");
  assert.deepEqual(readdirSync(folder), ["other.json", "talk.json"]);
});

test("nothing is left of what failed", async () => {
  const path = join(folder, "talk.json");
  const failed = newFile(path, false, async (to) => {
    to.write("half");
    throw new Error("the database is gone");
  });
  await assert.rejects(failed, {
    code: "CP_FILE_UNUSABLE",
    message: `${path} cannot be written: the database is gone`,
  });
  assert.deepEqual(readdirSync(folder), []);
});
