/** Two proxies on one home: two terminals, each with `codex-plus run`, or a service and a run beside it. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startMock } from "../../src/testing/index.ts";
import { Crowd, slowly } from "./crowd.ts";
import { startProxy } from "./proxy.ts";
import { assertNothingElse, assertSound, assertWhole } from "./whole.ts";

/** Turns that have to have ended, all conversations together. */
const ENOUGH = 200;

test("two proxies write one database at the same time, of the same conversations too, and nothing is lost or there twice", async (t) => {
  const home = await mkdtemp(join(tmpdir(), "codex-plus-two-"));
  t.after(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
  const mock = await startMock({ model: slowly });
  t.after(() => mock.stop());
  const proxies = await Promise.all([startProxy(home, mock.url), startProxy(home, mock.url)]);
  for (const proxy of proxies) t.after(() => proxy.kill());
  const [one = "", other = ""] = proxies.map(({ url }) => url);

  const crowds = [new Crowd(8), new Crowd(8), new Crowd(8)];
  const [here, there, both] = crowds as [Crowd, Crowd, Crowd];
  const ends = [here.talk(one), there.talk(other), both.talk(one, other)];
  const told = () => crowds.flatMap((crowd) => crowd.told);
  await mock.record.until(() => told().length >= ENOUGH);
  await Promise.all(ends.map((end) => end()));
  for (const crowd of crowds) crowd.hangUp();
  await Promise.all(proxies.map((proxy) => proxy.stop()));

  const path = join(home, "plus.db");
  assertSound(path);
  assertWhole(path, [...here.told, ...there.told]);
  assertWhole(path, both.told, "thread");
  assertNothingElse(
    path,
    crowds.flatMap(({ talkers }) => talkers),
  );
  const complaints = proxies.flatMap(({ log }) => log.filter(({ level }) => Number(level) >= 40));
  assert.deepEqual(complaints, []);
});
