/** Conversations of the real Codex that were recorded on the wire, and that Codex has written down itself as well. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sqliteReader } from "../../src/sessions/sqlite/reader.ts";
import { ev, steps } from "../../src/testing/index.ts";
import { startAppServer, startThread, startTurn } from "../e2e/app-server.ts";
import { exec } from "../e2e/exec.ts";
import { begun } from "../e2e/replies.ts";
import { WIRES, type World, world } from "../e2e/world.ts";
import { rowsOf, take } from "./store.ts";

/** A thread with a compaction, an interrupt, a fork and a sub-agent. */
async function converse(own: World): Promise<void> {
  const { mock } = own;
  const server = await startAppServer(own);
  const threadId = await startThread(server, own);
  let ends = 0;
  const ended = async (turns = 1): Promise<void> => {
    ends += turns;
    await server.notified("turn/completed", ends);
  };
  const turn = async (text: string, thread = threadId): Promise<void> => {
    await startTurn(server, thread, text);
    await ended();
  };
  await turn("one");
  await server.call("thread/compact/start", { threadId });
  await ended();
  await turn("two");
  mock.script(begun(steps.silence()));
  const turnId = await startTurn(server, threadId, "three");
  await mock.record.until(() =>
    mock.record.turns.some(({ kind, sent, end }) => kind === "main" && sent.length > 2 && !end),
  );
  await server.call("turn/interrupt", { threadId, turnId });
  await ended();
  await turn("four");
  const { thread } = await server.call<{ thread: { id: string } }>("thread/fork", { threadId });
  await turn("in the fork", thread.id);
  await turn("five");
  mock.script(({ id }) => [
    ev.created(id.response),
    ev.done({
      type: "function_call",
      id: `fc_${id.item}`,
      call_id: id.call,
      name: "spawn_agent",
      namespace: "collaboration",
      arguments: JSON.stringify({ task_name: "tests", message: "say hi", fork_turns: "all" }),
    }),
    ev.completed(id.response),
  ]);
  await startTurn(server, await startThread(server, own), "spawn one");
  await ended(2);
}

for (const wire of WIRES) {
  test(`an import adds nothing to what was recorded whole, on ${wire}`, async (t) => {
    const own = await world(t, { route: "proxy", wire });
    await exec(own, "run echo hi-from-tool");
    await exec(own, "resume", "--last", "run echo again");
    await converse(own);
    const database = await own.recorded();
    const before = rowsOf(database);
    const done = await take(database, own.environment.CODEX_HOME ?? "");
    assert.deepEqual(new Set(done.map(({ outcome }) => outcome)), new Set(["imported"]));
    assert.deepEqual(rowsOf(database), before);
    assert.deepEqual(own.mock.record.violations, []);
  });

  test(`turns that went past the proxy are put where they were said, on ${wire}`, async (t) => {
    const own = await world(t, { route: "proxy", wire });
    const key = wire === "ws" ? "openai_base_url" : "model_providers.sse.base_url";
    const past = ["-c", `${key}="${own.mock.url}/direct"`];
    await exec(own, ...past, "run echo a");
    await exec(own, "resume", "--last", ...past, "hello");
    await exec(own, "resume", "--last", "hello");
    await exec(own, "resume", "--last", ...past, "beside it");
    await exec(own, "resume", "--last", "the last");
    const database = await own.recorded();
    assert.deepEqual(said(database), [
      ["run echo a", "The tool said: a", "hello", "echo: hello", "hello", "echo: hello"],
      ["beside it", "echo: beside it", "the last", "echo: the last"],
    ]);
    for (let times = 0; times < 2; times += 1) {
      await take(database, own.environment.CODEX_HOME ?? "", { again: true });
      assert.deepEqual(said(database), [
        ["run echo a", "The tool said: a"],
        ["hello", "echo: hello"],
        ["hello", "echo: hello"],
        ["beside it", "echo: beside it"],
        ["the last", "echo: the last"],
      ]);
    }
  });
}

/** What the one conversation says, turn by turn. */
function said(database: string): string[][] {
  const reader = sqliteReader(database);
  try {
    const [thread] = reader.threads({});
    assert.ok(thread);
    return [...reader.turns(thread.id)].map(({ n }) =>
      [...reader.items(thread.id, n)]
        .filter(({ role }) => role === "user" || role === "assistant")
        .map(({ text }) => text),
    );
  } finally {
    reader.close();
  }
}
