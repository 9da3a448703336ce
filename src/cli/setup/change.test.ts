import assert from "node:assert/strict";
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { planSetup, planUndo } from "./change.ts";

const URL = "http://127.0.0.1:3000";
let folder = "";
let codexHome = "";
let state = "";
let file = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "codex-plus-"));
  codexHome = join(folder, "codex");
  state = join(folder, "plus", "setup.json");
  file = join(codexHome, "config.toml");
});
afterEach(() => rm(folder, { recursive: true }));

async function given(text: string): Promise<void> {
  await mkdir(codexHome);
  await writeFile(file, text);
}
async function setup(url = URL): Promise<void> {
  const change = await planSetup(codexHome, state, url);
  await change?.carryOut();
}
async function undo(): Promise<void> {
  await (await planUndo(state))?.carryOut();
}
const text = () => readFile(file, "utf8");

test("setup and undo give back the same bytes and leave nothing behind", async () => {
  for (const before of [
    "",
    "# mine\r\nmodel = 'x'",
    '\uFEFFopenai_base_url = "https://old/v1" # why\n[t]\na = 1\n\n\n',
  ]) {
    await given(before);
    await setup();
    assert.match(await text(), /openai_base_url = "http:\/\/127\.0\.0\.1:3000"/);
    await undo();
    assert.equal(await text(), before);
    assert.deepEqual([await readdir(codexHome), await readdir(join(folder, "plus"))], [["config.toml"], []]);
    await rm(codexHome, { recursive: true });
  }
});

test("a file and folder that were not there are gone again after undo", async () => {
  await setup();
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await undo();
  assert.deepEqual(await readdir(folder), ["plus"]);
});

test("a file that was edited since keeps the edits; only our key goes back to what it was", async () => {
  await given('# mine\nopenai_base_url = "https://old/v1"\n');
  await setup();
  await writeFile(file, `${await text()}model = "new"\n`);
  await undo();
  assert.equal(await text(), '# mine\nopenai_base_url = "https://old/v1"\nmodel = "new"\n');

  await writeFile(file, "a = 1\n");
  await setup();
  await writeFile(file, `${await text()}model = "new"\n`);
  await undo();
  assert.equal(await text(), 'a = 1\nmodel = "new"\n');
});

test("a key that was changed by hand since is left alone", async () => {
  await given("");
  await setup();
  await writeFile(file, 'openai_base_url = "https://mine"\n');
  await undo();
  assert.equal(await text(), 'openai_base_url = "https://mine"\n');
});

test("a second setup with another port still goes back to the first state; the same again is no change", async () => {
  await given("a = 1");
  await setup();
  assert.equal(await planSetup(codexHome, state, URL), undefined);
  await setup("http://127.0.0.1:4000");
  assert.match(await text(), /4000/);
  await undo();
  assert.equal(await text(), "a = 1");
  assert.deepEqual(await readdir(codexHome), ["config.toml"]);
});

test("undo works without the backup, and after an interruption before the file was written", async () => {
  await given("a = 1\n");
  await setup();
  for (const name of await readdir(codexHome)) if (name.endsWith(".bak")) await rm(join(codexHome, name));
  await undo();
  assert.equal(await text(), "a = 1\n");

  await setup();
  await writeFile(file, "a = 1\n");
  await undo();
  assert.equal(await text(), "a = 1\n");
});

test("a link stays a link, a mode stays a mode", async () => {
  const real = join(folder, "dotfiles.toml");
  await writeFile(real, "a = 1\n");
  await chmod(real, 0o640);
  await mkdir(codexHome);
  await symlink(real, file);
  await setup();
  assert.equal((await lstat(file)).isSymbolicLink(), true);
  assert.equal((await stat(real)).mode & 0o777, 0o640);
  assert.match(await readFile(real, "utf8"), /127\.0\.0\.1/);
  await undo();
  assert.equal(await readFile(real, "utf8"), "a = 1\n");
});

test("what cannot be understood is refused by file and line, and nothing is written", async () => {
  const refusal = async (content: string) => {
    await writeFile(file, content);
    const message = await planSetup(codexHome, state, URL).then(
      () => "accepted",
      (error: Error) => error.message.replace(folder, ""),
    );
    assert.equal(await text(), content);
    return message;
  };
  await mkdir(codexHome);
  assert.deepEqual(
    [await refusal("a = 1\nb =\n"), await refusal("openai_base_url = 3\n")],
    [
      "/codex/config.toml line 2 is not TOML: invalid value",
      '/codex/config.toml: openai_base_url is not a plain string there; set it to "http://127.0.0.1:3000" by hand',
    ],
  );
  await rm(file);
  await symlink(join(folder, "nowhere"), file);
  await assert.rejects(planSetup(codexHome, state, URL), {
    code: "CP_FILE_UNUSABLE",
    message: /link to a file that does not exist/,
  });
  assert.deepEqual(await readdir(folder), ["codex"]);
});

test("a setup of another folder has to be undone first", async () => {
  await given("");
  await setup();
  await assert.rejects(planSetup(join(folder, "other"), state, URL), { message: /set up already; undo that first/ });
});
