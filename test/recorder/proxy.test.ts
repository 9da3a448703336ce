/** The whole proxy with its own recorder: what it tells of itself, and what it leaves alone when it is turned off. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import test, { suite, type TestContext } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { type App, startApp } from "../../src/app.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import { ev, item } from "../../src/testing/events.ts";
import { startMock } from "../../src/testing/index.ts";
import { speaker, WIRES } from "../flows/speaker.ts";
import { BODY } from "../flows/turn.ts";

interface Running {
  readonly app: App;
  readonly ask: (wire: (typeof WIRES)[number]) => Promise<void>;
  /** What the control API tells of it, and the metrics. */
  readonly recording: () => Promise<unknown>;
  readonly metrics: () => Promise<string[]>;
  readonly database: string;
}

async function start(t: TestContext, record: boolean): Promise<Running> {
  const home = await mkdtemp(join(tmpdir(), "codex-plus-recorder-"));
  const mock = await startMock();
  const parsed = settingsSchema.parse({ upstream: mock.url, server: { port: 0 }, sessions: { record } });
  const environment = { home, codexHome: home, user: home };
  const app = await startApp({ ...parsed, environment }, { log: createLogger("silent") });
  t.after(async () => {
    await app.stop();
    await mock.stop();
    await rm(home, { recursive: true, force: true });
  });
  const token = (await readFile(join(home, "token"), "utf8")).trim();
  const get = async (path: string): Promise<Response> =>
    fetch(`${app.url}/_plus/${path}`, { headers: { "x-codex-plus-token": token } });
  return {
    app,
    database: join(home, "plus.db"),
    async ask(wire) {
      mock.script([ev.created("r1"), ev.done(item.text("m1", "an answer")), ev.completed("r1")]);
      const client = await speaker(t, wire, app.port);
      client.ask(BODY);
      await client.answer();
      client.leave();
    },
    recording: async () => ((await (await get("status")).json()) as { recording: unknown }).recording,
    metrics: async () =>
      (await (await get("metrics")).text()).split("\n").filter((line) => /^codex_plus_record/.test(line)),
  };
}

/** What the database holds, once nobody writes to it any more. */
function kept(database: string): unknown[] {
  const db = new DatabaseSync(database, { readOnly: true });
  try {
    return db
      .prepare(
        "SELECT leg.wire, leg.state, item.role, item.text FROM item JOIN leg ON leg.n = item.leg ORDER BY item.n",
      )
      .all()
      .map((row) => ({ ...row }));
  } finally {
    db.close();
  }
}

suite("A proxy that records", { timeout: 30_000 }, () => {
  for (const wire of WIRES) {
    test(`has written all it was shown when it has stopped (${wire})`, async (t) => {
      const { app, ask, database } = await start(t, true);
      await ask(wire);
      await app.stop();
      assert.deepEqual(kept(database), [
        { wire, state: "completed", role: "user", text: "a b" },
        { wire, state: "completed", role: "assistant", text: "an answer" },
      ]);
    });
  }

  test("tells how it fares, to the control API and among the metrics", async (t) => {
    const { ask, recording, metrics } = await start(t, true);
    const facts = { dropped: 0, lost: 0, queueBytes: 0 };
    assert.deepEqual(await recording(), { legs: 0, ...facts });
    await ask("sse");
    while (!isDeepStrictEqual(await recording(), { legs: 1, ...facts }));
    assert.deepEqual(await metrics(), [
      "codex_plus_recorded_legs_total 1",
      "codex_plus_recorded_dropped_total 0",
      "codex_plus_recorded_lost_total 0",
      "codex_plus_recorder_queue_bytes 0",
      "codex_plus_recorder_trouble 0",
    ]);
  });

  test("does not, and has no worker, where it is told not to", async (t) => {
    const { app, ask, recording, database } = await start(t, false);
    await ask("sse");
    assert.equal(await recording(), "off");
    await app.stop();
    assert.deepEqual(kept(database), []);
  });
});
