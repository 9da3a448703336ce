import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pino } from "pino";
import type { Offer } from "./mcp.ts";
import { Offers } from "./offers.ts";

const folder = await mkdtemp(join(tmpdir(), "plus-offers-"));
after(() => rm(folder, { recursive: true }));
const log = pino({ level: "silent" });
const offer = (name: string, more = ""): Offer => ({
  tools: [{ name, inputSchema: { type: "object" }, ...(more && { description: more }) }],
  prompts: [],
  resources: [],
  templates: [],
  capabilities: { tools: {} },
});

async function read(path: string): Promise<Offers> {
  const offers = new Offers(path, log);
  await offers.load();
  return offers;
}

test("what is kept is there again, for its owner only, and nothing else is left", async () => {
  const path = join(folder, "new", "offers.json");
  const offers = await read(path);
  const news = [offers.set("a", offer("one")), offers.set("a", offer("one")), offers.set("a", offer("two"))];
  await offers.flush();
  assert.deepEqual(news, [true, false, true]);
  assert.deepEqual((await read(path)).get("a"), offer("two"));
  assert.deepEqual([(await stat(path)).mode & 0o777, (await stat(join(folder, "new"))).mode & 0o777], [0o600, 0o700]);
  assert.deepEqual(await readdir(join(folder, "new")), ["offers.json"]);
});

test("two processes lose nothing of each other's", async () => {
  const path = join(folder, "shared.json");
  const [one, other] = [await read(path), await read(path)];
  one.set("a", offer("one"));
  await one.flush();
  other.set("b", offer("two"));
  await other.flush();
  const third = await read(path);
  assert.deepEqual([third.get("a"), third.get("b")], [offer("one"), offer("two")]);
});

test("a server that took too long is remembered as slow until somebody has been told what it offers", async () => {
  const path = join(folder, "slow.json");
  const [one, other] = [await read(path), await read(path)];
  one.set("a", offer("one"));
  await one.flush();
  other.late("a");
  other.late("b");
  await other.flush();
  const third = await read(path);
  const known = ["a", "b", "c"].map((digest) => [third.get(digest), third.slow(digest)]);
  assert.deepEqual(known, [
    [offer("one"), false],
    [undefined, true],
    [undefined, false],
  ]);
  third.set("b", offer("two"));
  assert.equal(third.slow("b"), false);
  await third.flush();
});

test("a file that is something else, or half of one, makes servers unknown and is written anew", async () => {
  const path = join(folder, "broken.json");
  for (const content of [
    '{"version":1,"offers":{"a":{"at":1',
    "[]",
    '{"version":1,"offers":{"a":{"at":1,"offer":{}}}}',
  ]) {
    await writeFile(path, content);
    const offers = await read(path);
    assert.equal(offers.get("a"), undefined);
    offers.set("b", offer("two"));
    await offers.flush();
    assert.deepEqual((await read(path)).get("b"), offer("two"));
  }
});

test("what is too large is not written, and of too many the oldest go", async () => {
  const path = join(folder, "many.json");
  const offers = await read(path);
  offers.set("large", offer("large", "x".repeat(5 * 1024 ** 2)));
  for (let number = 0; number < 310; number++) offers.set(`n${number}`, offer("one"));
  await offers.flush();
  const { offers: kept } = JSON.parse(await readFile(path, "utf8")) as { offers: object };
  assert.deepEqual([Object.keys(kept).length <= 300, "large" in kept], [true, false]);
  assert.ok(offers.get("large"));
});
