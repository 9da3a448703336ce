import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { locked } from "./lock.ts";

describe("a lock", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "codex-plus-lock-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("lets one at a time work, in one process and among several, and leaves nothing behind", async () => {
    const [file, count] = [join(folder, "lock"), join(folder, "count")];
    await writeFile(count, "0");
    const program = `
      import { readFile, writeFile } from "node:fs/promises";
      import { locked } from ${JSON.stringify(new URL("./lock.ts", import.meta.url).href)};
      const add = () => locked(${JSON.stringify(file)}, 10_000, async () => {
        const known = Number(await readFile(${JSON.stringify(count)}, "utf8"));
        await new Promise((resolve) => setTimeout(resolve, 1));
        await writeFile(${JSON.stringify(count)}, String(known + 1));
      });
      await Promise.all(Array.from({ length: 8 }, add));`;
    const children = Array.from({ length: 3 }, () =>
      spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: ["ignore", "ignore", "inherit"] }),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
    assert.deepEqual([codes, await readFile(count, "utf8")], [[0, 0, 0], "24"]);
    assert.deepEqual(await readdir(folder), ["count"]);
  });

  it("takes over what a process that has ended, or one that has forgotten it, left behind", async () => {
    const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    await once(child, "exit");
    const file = join(folder, "left");
    await writeFile(file, `${child.pid} abc`);
    assert.equal(await locked(file, 60_000, async () => "mine"), "mine");
    await writeFile(file, `${process.pid} abc`);
    await utimes(file, 0, 0);
    assert.equal(await locked(file, 60_000, async () => "mine"), "mine");
  });

  it("is free again when the work has failed", async () => {
    const file = join(folder, "failing");
    await assert.rejects(
      locked(file, 60_000, () => Promise.reject(new Error("no"))),
      /no/,
    );
    assert.equal(await locked(file, 60_000, async () => "again"), "again");
  });
});
