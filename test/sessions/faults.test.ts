/** A store that fails, through the real proxy: turns go on untouched, it is said once, and recording goes on when it can. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, open, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { type Mock, startMock } from "../../src/testing/index.ts";
import { type RunningProxy, startProxy } from "./proxy.ts";
import { Talker, type Told } from "./talker.ts";
import { assertSound, assertWhole } from "./whole.ts";

const FAILS = /not recorded for now/;
const WORKS = /recorded again/;
const SET_ASIDE = /has been set aside/;

interface Scene {
  readonly home: string;
  readonly path: string;
  readonly mock: Mock;
  start(): Promise<RunningProxy>;
}

async function scene(t: TestContext): Promise<Scene> {
  const home = await mkdtemp(join(tmpdir(), "codex-plus-faults-"));
  t.after(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
  const mock = await startMock();
  t.after(() => mock.stop());
  return {
    home,
    path: join(home, "plus.db"),
    mock,
    async start() {
      const proxy = await startProxy(home, mock.url);
      t.after(() => proxy.kill());
      return proxy;
    },
  };
}

/** One turn on each wire, as a client has it. */
async function talk(proxy: RunningProxy, talkers: readonly Talker[], prompt: string): Promise<Told[]> {
  const told = await Promise.all(talkers.map((talker) => talker.turn(proxy.url, prompt)));
  for (const { items } of told) {
    const content = items.at(-1)?.content ?? [];
    assert.deepEqual(
      (content as { text: string }[]).map(({ text }) => text),
      [`echo: ${prompt}`],
    );
  }
  return told;
}

const said = ({ log }: RunningProxy, pattern: RegExp): number =>
  log.filter(({ msg }) => pattern.test(String(msg))).length;

const pair = () => [new Talker("sse"), new Talker("ws")] as const;

/** Ends the proxy, so that all is written. */
async function end(proxy: RunningProxy, talkers: readonly Talker[]): Promise<void> {
  for (const talker of talkers) talker.hangUp();
  await proxy.stop();
}

/** Turns before, during and after a time in which nothing can be written. @param breaks answers what mends it */
async function through(
  t: TestContext,
  why: RegExp,
  breaks: (proxy: RunningProxy, path: string) => Promise<() => unknown>,
) {
  const { path, start } = await scene(t);
  const proxy = await start();
  const talkers = pair();
  const told = await talk(proxy, talkers, "before");
  await proxy.until(({ legs }) => legs === 2);

  const mend = await breaks(proxy, path);
  told.push(...(await talk(proxy, talkers, "while it fails")));
  await proxy.logged(FAILS);
  assert.match((await proxy.recording()).trouble ?? "", why);
  told.push(...(await talk(proxy, talkers, "still failing")));
  await mend();
  await proxy.logged(WORKS);

  told.push(...(await talk(proxy, talkers, "after")));
  await end(proxy, talkers);
  assert.deepEqual([said(proxy, FAILS), said(proxy, WORKS)], [1, 1]);
  assertSound(path);
  assertWhole(path, told);
}

test("a database that somebody holds locked is waited for, and all that passed meanwhile is written", (t) =>
  through(t, /locked/, async (_, path) => {
    const other = new DatabaseSync(path);
    t.after(() => other.isOpen && other.close());
    other.exec("BEGIN IMMEDIATE");
    return () => other.exec("ROLLBACK");
  }));

// Elsewhere no tool tells a running process that its files may grow no more.
if (process.platform === "linux") {
  test("a disk that takes no more is waited for, and all that passed meanwhile is written", (t) =>
    through(t, /disk/, async ({ child }) => {
      const mayGrow = (bytes: number | "unlimited") =>
        promisify(execFile)("prlimit", [`--pid=${child.pid}`, `--fsize=${bytes}:`]);
      await mayGrow(4096);
      return () => mayGrow("unlimited");
    }));
}

test("a file that cannot be opened is tried again, and all that passed meanwhile is written", async (t) => {
  const { path, start } = await scene(t);
  await mkdir(path);
  const proxy = await start();
  const talkers = pair();
  const told = await talk(proxy, talkers, "while a folder stands in its place");
  await proxy.logged(FAILS);
  assert.match((await proxy.recording()).trouble ?? "", /plus\.db/);
  await rmdir(path);
  await proxy.logged(WORKS);
  told.push(...(await talk(proxy, talkers, "after")));
  await end(proxy, talkers);
  assert.deepEqual([said(proxy, FAILS), said(proxy, WORKS)], [1, 1]);
  assertSound(path);
  assertWhole(path, told);
});

test("a file that is no database is set aside at the start, and a new one begun", async (t) => {
  const { home, path, start } = await scene(t);
  await writeFile(path, "This was a database once.\n".repeat(1000));
  const proxy = await start();
  const talkers = pair();
  const told = await talk(proxy, talkers, "hello");
  await proxy.logged(SET_ASIDE);
  await end(proxy, talkers);
  assert.equal(said(proxy, SET_ASIDE), 1);
  assert.equal(
    (await readdir(home)).filter((name) => name.includes(".broken-") && !/-(wal|shm)$/.test(name)).length,
    1,
  );
  assertSound(path);
  assertWhole(path, told);
});

test("a file that breaks while it is written is set aside, and what passes from then on is recorded", async (t) => {
  const { home, path, start } = await scene(t);
  const proxy = await start();
  const talkers = pair();
  await talk(proxy, talkers, "before");
  await proxy.until(({ legs }) => legs === 2);

  // Who has written all pages himself would not read them again.
  const other = new DatabaseSync(path);
  other.exec("UPDATE thread SET used = used");
  for (const name of [path, `${path}-wal`]) {
    const file = await open(name, "r+");
    const { size } = await file.stat();
    await file.write(Buffer.alloc(size, 0xee), 0, size, 0);
    await file.close();
  }
  other.close();
  const others = pair();
  const told = await talk(proxy, others, "after");
  await proxy.logged(SET_ASIDE);
  told.push(...(await talk(proxy, others, "and on")));
  await end(proxy, [...talkers, ...others]);
  assert.equal(said(proxy, SET_ASIDE), 1);
  assert.ok((await readdir(home)).some((name) => name.includes(".broken-")));
  assertSound(path);
  assertWhole(path, told);
});

test("a folder that is removed is made again, and what passes from then on is recorded", async (t) => {
  const { home, path, start } = await scene(t);
  const proxy = await start();
  const talkers = pair();
  await talk(proxy, talkers, "before");
  await proxy.until(({ legs }) => legs === 2);
  await rm(home, { recursive: true });
  const others = pair();
  const told = await talk(proxy, others, "after");
  await end(proxy, [...talkers, ...others]);
  assertSound(path);
  assertWhole(path, told);
});
