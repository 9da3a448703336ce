import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, test } from "node:test";
import { ServerLog } from "./stderr.ts";

const folder = await mkdtemp(join(tmpdir(), "plus-stderr-"));
after(() => rm(folder, { recursive: true }));

async function logged(name: string, mask: (text: string) => string, ...chunks: string[]): Promise<ServerLog> {
  const log = new ServerLog(join(folder, name, "server.log"), mask);
  const source = new PassThrough();
  log.read(source);
  for (const chunk of chunks) source.write(chunk);
  source.end();
  const ended = Promise.withResolvers<void>();
  source.once("end", ended.resolve);
  await ended.promise;
  await log.flush();
  return log;
}
const asItIs = (text: string) => text;

test("lines go into the file, and the last of them are known", async () => {
  const numbers = Array.from({ length: 30 }, (_, number) => `line ${number}\n`);
  const log = await logged("plain", asItIs, numbers.slice(0, 10).join(""), "be", "gun\n", ...numbers.slice(10), "end");
  assert.equal(log.lines.length, 20);
  assert.deepEqual(log.lines.slice(-2), ["line 29", "end"]);
  const file = join(folder, "plain", "server.log");
  const text = await readFile(file, "utf8");
  assert.equal(text, `${numbers.slice(0, 10).join("")}begun\n${numbers.slice(10).join("")}`);
  assert.deepEqual([(await stat(file)).mode & 0o777, (await stat(join(folder, "plain"))).mode & 0o777], [0o600, 0o700]);
});

test("secrets are in neither", async () => {
  const log = await logged(
    "secret",
    (text) => text.replaceAll("swordfish", "***"),
    "the key is sword",
    "fish\n",
    "swordfish?",
  );
  assert.deepEqual(log.lines, ["the key is ***", "***?"]);
  assert.equal(await readFile(join(folder, "secret", "server.log"), "utf8"), "the key is ***\n");
});

test("a flood is counted, not kept: neither on disk nor in memory", async () => {
  const log = await logged("flood", asItIs, ...Array<string>(200).fill(`${"x".repeat(63 * 1024)}\n`));
  assert.deepEqual([log.lines.length <= 20, log.lines.every((line) => line.length <= 400)], [true, true]);
  const sizes = await Promise.all(
    (await readdir(join(folder, "flood"))).map(async (name) => (await stat(join(folder, "flood", name))).size),
  );
  assert.ok(sizes.reduce((sum, size) => sum + size) < 1.5 * 1024 ** 2, String(sizes));
});

test("a log that cannot be written keeps nothing from being read", async () => {
  const log = new ServerLog("/dev/null/nowhere/server.log", asItIs);
  log.note("started");
  await log.flush();
  const source = new PassThrough();
  log.read(source);
  source.end("still read\n");
  const ended = Promise.withResolvers<void>();
  source.once("end", ended.resolve);
  await ended.promise;
  assert.deepEqual(log.lines, ["still read"]);
});
