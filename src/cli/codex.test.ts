import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { codexVersion, findCodex, withoutProxyForLoopback } from "./codex.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "codex-plus-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function program(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, text);
  await chmod(file, 0o755);
  return file;
}

test("codex is the first program of that name on PATH that is not this program", async () => {
  const self = await program("plus/codex-plus.js", "");
  await mkdir(join(folder, "a/codex"), { recursive: true });
  await mkdir(join(folder, "b"));
  await symlink(self, join(folder, "b/codex"));
  await program("c/codex", "").then((file) => chmod(file, 0o644));
  const real = await program("d/codex", "");
  await program("e/codex", "");
  const path = ["", "a", "b", "c", "missing", "d", "e"].map((name) => (name ? join(folder, name) : "")).join(delimiter);
  assert.equal(await findCodex(path, self), real);
  assert.equal(await findCodex(join(folder, "b"), self), undefined);
});

test("the version is read from what codex says, and its silence is no version", async () => {
  const codex = await program("codex", "#!/bin/sh\necho codex-cli 0.169.0\n");
  const mute = await program("mute", "#!/bin/sh\nexit 3\n");
  assert.deepEqual([await codexVersion(codex), await codexVersion(mute)], ["0.169.0", undefined]);
});

test("loopback is added to whatever NO_PROXY holds, in both cases, once", () => {
  const value = (variables: NodeJS.ProcessEnv) => withoutProxyForLoopback(variables);
  const both = (text: string) => ({ NO_PROXY: text, no_proxy: text });
  assert.deepEqual(
    [
      value({}),
      value({ NO_PROXY: "localhost, .corp", no_proxy: "ignored" }),
      value({ no_proxy: "10.0.0.0/8" }),
      value({ NO_PROXY: "127.0.0.1,localhost" }),
      value({ NO_PROXY: "*" }),
    ],
    [
      both("127.0.0.1,localhost"),
      both("localhost,.corp,127.0.0.1"),
      both("10.0.0.0/8,127.0.0.1,localhost"),
      both("127.0.0.1,localhost"),
      both("*"),
    ],
  );
});
