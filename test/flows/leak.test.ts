/** A thousand turns, of all kinds and endings, leave nothing behind. */
import assert from "node:assert/strict";
import test from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ev } from "../../src/testing/events.ts";
import { startMock, steps } from "../../src/testing/index.ts";
import type { Stage } from "../../src/turn.ts";
import { startProxy } from "./harness.ts";
import { speaker, WIRES } from "./speaker.ts";

const BODY = '{"model":"m","stream":true,"store":false,"input":[{"type":"message","role":"user","content":"hello"}]}';
const looker: Stage = {
  name: "looker",
  needs: ({ method }) => (method === "POST" ? "events" : "request"),
  frames: (_turn, source) => source,
};

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

interface Left {
  readonly sockets: number;
  readonly timers: number;
  readonly heap: number;
}

/** What this process holds once everything that is on its way out has gone. */
async function left(): Promise<Left> {
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  const kinds = process.getActiveResourcesInfo();
  const count = (kind: RegExp): number => kinds.filter((each) => kind.test(each)).length;
  return { sockets: count(/TCP.*Wrap/), timers: count(/Timeout/), heap: process.memoryUsage().heapUsed };
}

test("A thousand turns on both wires, some given up by either side, leave no socket, timer or heap", {
  timeout: 60_000,
}, async (t) => {
  const mock = await startMock();
  t.after(() => mock.stop());
  const proxy = await startProxy(t, { upstream: mock.url, stages: [looker] });
  mock.answer(({ id, prompt }) => {
    if (prompt !== "hello") return undefined;
    const n = Number(id.response.split("_").at(-1));
    const start = [ev.created(id.response), { type: "response.output_text.delta", delta: "x" }];
    if (n % 10 === 3) return [...start, steps.cut()];
    return [...start, n % 10 === 7 ? steps.silence() : ev.completed(id.response)];
  });
  const turn = async (n: number): Promise<void> => {
    const client = await speaker(t, WIRES[n % 2] ?? "sse", proxy.port);
    client.ask(BODY);
    // Whatever kind of turn it is, its first event comes; some clients then leave.
    if (n % 5 === 0) await client.begun();
    else
      await Promise.race([
        client.answer().then(() => undefined),
        mock.record.until(() => mock.record.turns.some(({ end }) => end === undefined)),
      ]);
    client.leave();
  };
  const many = async (from: number, to: number): Promise<void> => {
    for (let n = from; n < to; n += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, i) => turn(n + i).catch(() => undefined)));
      await mock.record.until(() => mock.record.turns.every(({ end }) => end !== undefined));
      mock.record.forget();
    }
  };
  await many(0, 200);
  const before = await left();
  await many(200, 1200);
  await mock.record.until(() => mock.connections() <= before.sockets);
  const after = await left();
  assert.ok(after.sockets <= before.sockets + 2, `${after.sockets} sockets, ${before.sockets} before`);
  assert.ok(after.timers <= before.timers + 2, `${after.timers} timers, ${before.timers} before`);
  assert.ok(after.heap < before.heap + 16 * 1024 ** 2, `${after.heap - before.heap} bytes more heap`);
});
