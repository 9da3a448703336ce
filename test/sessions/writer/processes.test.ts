import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { ledgerOf } from "./ledger.ts";

const folder = mkdtempSync(join(tmpdir(), "codex-plus-processes-"));
after(() => rmSync(folder, { recursive: true }));

const SCRIPT = join(import.meta.dirname, "writing-process.ts");

function start(path: string, name: string, conversations: number): ChildProcess {
  return spawn(process.execPath, [SCRIPT, path, name, String(conversations)], { stdio: ["ignore", "pipe", "inherit"] });
}

interface Turn {
  readonly id: string;
  readonly input: number;
  readonly legs: readonly { readonly state: string }[];
  readonly items: readonly { readonly id: string; readonly tool?: string }[];
}

interface Thread {
  readonly id: string;
  readonly turns: number;
  readonly input: number;
  readonly turns_: readonly Turn[];
}

const threadsOf = (path: string): readonly Thread[] => ledgerOf(path).threads as unknown as Thread[];

/** What each turn is when all of it has been written; the first of a thread has the instructions too. */
const whole = (by: string, first: boolean) => ({
  legs: 2,
  input: 6,
  items: [...(first ? ["rules"] : []), `q${by}`, `f${by} shell`, `o${by} shell`, `a${by}`],
});
const brief = ({ legs, input, items }: Turn) => ({
  legs: legs.length,
  input,
  items: items.map(({ id, tool }) => (tool === undefined ? id : `${id} ${tool}`)),
});

test("three processes that begin with one file, and write the same thread, lose nothing and double nothing", async () => {
  const path = join(folder, "shared", "plus.db");
  const names = ["a", "b", "c"];
  const children = names.map((name) => start(path, name, 40));
  assert.deepEqual(await Promise.all(children.map(async (child) => (await once(child, "exit"))[0])), [0, 0, 0]);
  const threads = threadsOf(path);
  assert.equal(threads.length, 1 + 3 * 40);
  for (const { id, turns, input, turns_ } of threads) {
    assert.deepEqual({ turns, input }, { turns: turns_.length, input: 6 * turns_.length });
    const expected =
      id === "shared" ? names.flatMap((name) => Array.from({ length: 40 }, (_, i) => `${name}.${i}`)) : [""];
    assert.deepEqual(turns_.map((turn) => turn.id.slice("turn ".length)).sort(), expected.sort());
    const rules = turns_.flatMap(({ items }) => items).filter((item) => item.id === "rules");
    assert.equal(rules.length, 1);
    for (const turn of turns_) {
      const first = turn.items.some((item) => item.id === "rules");
      assert.deepEqual(brief(turn), whole(turn.id.slice("turn ".length), first));
    }
  }
});

test("a process that is killed leaves a clean file with whole legs only, and the next goes on with it", async () => {
  const path = join(folder, "killed.db");
  for (let round = 0; round < 6; round += 1) {
    const child = start(path, `k${round}`, 1_000_000);
    await once(child.stdout as NonNullable<typeof child.stdout>, "data");
    await wait(Math.random() * 100);
    child.kill("SIGKILL");
    await once(child, "exit");
    for (const { turns_ } of threadsOf(path)) {
      for (const turn of turns_) {
        const by = turn.id.slice("turn ".length);
        const { items, ...sums } = whole(by, turn.items[0]?.id === "rules");
        const ends = turn.legs.filter(({ state }) => state === "completed").length;
        const count = items.length - Number([3, 2, 0][ends]);
        const expected = { ...sums, legs: Math.max(1, ends), input: 3 * ends, items: items.slice(0, count) };
        assert.deepEqual(brief(turn), expected);
      }
    }
  }
});
