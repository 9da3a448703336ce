import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { WireEvent } from "../../src/testing/events.ts";
import type { Mock } from "../../src/testing/mock/index.ts";
import { Thread } from "./client.ts";
import { items, responseId } from "./features.ts";
import { gist } from "./gist.ts";
import { Calls, startBackend } from "./socket-line.ts";
import type { Upstream } from "./upstream.ts";

let home: string;
let mock: Mock;
let upstream: Upstream;
let child: ChildProcess;
let url: string;

before(async () => {
  home = await mkdtemp(join(tmpdir(), "codex-plus-kill-"));
  ({ mock, upstream } = await startBackend());
  await start();
});

after(async () => {
  await kill();
  await mock.stop();
  await rm(home, { recursive: true });
});

async function start(): Promise<void> {
  child = spawn(process.execPath, [fileURLToPath(import.meta.resolve("./proxy-process.ts")), home, mock.url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const failed = once(child, "exit").then(() => Promise.reject(new Error("the proxy did not start")));
  // Whoever kills it later does not mean that.
  failed.catch(() => undefined);
  const [line] = await Promise.race([once(child.stdout ?? child, "data"), failed]);
  url = String(line).trim();
}

async function kill(): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

for (const wire of ["ws", "sse"] as const) {
  test(`a proxy that is killed after every turn remembers all of them, on ${wire}`, async () => {
    const thread = new Thread({ ids: true, wire }, `thread-kill-${wire}`, []);
    thread.add(thread.message("developer", "You are Codex."));
    const first = upstream.sights.length;
    const calls = new Calls();
    let turn = 0;

    const request = () => calls.send(url, thread, thread.request(`turn-${turn}`, "turn"));
    const took = (events: readonly WireEvent[]): void => {
      for (const item of items(events)) thread.add(item);
      thread.completed(responseId(events));
    };
    const say = async (text: string): Promise<void> => {
      turn += 1;
      thread.add(thread.message("user", text));
      took(await request());
    };
    const restart = async (): Promise<void> => {
      await kill();
      calls.hangUp();
      thread.reconnect();
      await start();
    };

    await restart();
    await say("hello");
    await say("//rewrite a");
    await restart();
    await say("//ghost a");
    await restart();
    await say("use the tool");
    await restart();
    // Killed with a command under way: whether it was answered or not, it comes again and never goes up.
    turn += 1;
    thread.add(thread.message("user", "//ghost b"));
    const lost = request().catch(() => undefined);
    await Promise.all([lost, restart()]);
    took(await request());
    await say("and now?");
    calls.hangUp();

    const histories = upstream.sights.slice(first).map(({ history }) => history.map((item) => JSON.stringify(item)));
    const last = histories.at(-1) ?? [];
    for (const history of histories) assert.deepEqual(history, last.slice(0, history.length), "one history, growing");
    assert.deepEqual((upstream.sights.at(-1)?.history ?? []).filter(({ type }) => type !== "reasoning").map(gist), [
      "You are Codex.",
      "hello",
      "answer",
      "rewrite a, written out ",
      "answer",
      "use the tool",
      "plus_tool",
      "call_",
      "answer",
      "and now?",
    ]);
    assert.deepEqual(mock.record.violations, []);
  });
}

test("what is kept can be read by nobody else", async () => {
  const modes = await Promise.all(["plus.db", "plus.db-wal"].map(async (name) => (await stat(join(home, name))).mode));
  assert.deepEqual(
    modes.map((mode) => mode & 0o777),
    [0o600, 0o600],
  );
});
