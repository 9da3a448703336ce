import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { ensureToken, readToken } from "./token.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "codex-plus-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a token is made once, for its owner alone, and read from then on", async () => {
  const home = join(folder, "home");
  assert.equal(await readToken(home), undefined);
  const token = await ensureToken(home);
  assert.match(token, /^[\w-]{43}$/);
  assert.equal(await ensureToken(home), token);
  assert.equal(await readToken(home), token);
  assert.equal(await readFile(join(home, "token"), "utf8"), `${token}\n`);
  assert.equal((await stat(join(home, "token"))).mode & 0o777, 0o600);
  assert.equal((await stat(home)).mode & 0o777, 0o700);
});

test("many that start at once agree on one token and leave no draft behind", async () => {
  const tokens = await Promise.all(Array.from({ length: 20 }, () => ensureToken(folder)));
  assert.equal(new Set(tokens).size, 1);
  assert.deepEqual(await readdir(folder), ["token"]);
});

test("a token file that holds no token is refused by name and left as it is", async () => {
  await writeFile(join(folder, "token"), "oops");
  await assert.rejects(ensureToken(folder), {
    code: "CP_CONFIG_INVALID",
    message: /token does not hold a token; delete it/,
  });
  assert.equal(await readFile(join(folder, "token"), "utf8"), "oops");
});
