/** The real Codex behind IDEs and the TUI: what only a live client can do, and what only it is told. */
import assert from "node:assert/strict";
import { steps } from "../../src/testing/index.ts";
import { type AppServer, startAppServer, startThread, startTurn, typed } from "./app-server.ts";
import { bothWays } from "./both-ways.ts";
import { begun } from "./replies.ts";
import type { World } from "./world.ts";

/** The items that a turn showed in the end, and how it ended. */
function outcome({ notifications }: AppServer): unknown[] {
  return notifications.flatMap(({ method, params }) => {
    if (method === "turn/completed") return [(params.turn as { status: string }).status];
    if (method !== "item/completed") return [];
    const { type, text } = params.item as { type: string; text?: string };
    return [text === undefined ? type : `${type}: ${text}`];
  });
}

async function streaming(world: World): Promise<void> {
  const { record } = world.mock;
  await record.until(() => record.turns.some(({ kind, sent }) => kind === "main" && sent.length > 2));
}

bothWays(
  "turn/interrupt ends the turn and upstream's stream",
  {},
  async (world) => {
    world.mock.script(begun(steps.silence()));
    const server = await startAppServer(world);
    const threadId = await startThread(server, world);
    const turnId = await startTurn(server, threadId, "hello");
    await streaming(world);
    await server.call("turn/interrupt", { threadId, turnId });
    await server.notified("turn/completed");
    await world.mock.record.until(() => world.mock.record.turns.every(({ end }) => end !== undefined));
    return outcome(server);
  },
  (shown) => {
    assert.deepEqual(shown, ["userMessage", "interrupted"]);
  },
);

bothWays(
  "turn/steer stops the reply and goes on with what was added",
  {},
  async (world) => {
    world.mock.script(begun(steps.silence()));
    const server = await startAppServer(world);
    const threadId = await startThread(server, world);
    const turnId = await startTurn(server, threadId, "hello");
    await streaming(world);
    await server.call("turn/steer", { threadId, expectedTurnId: turnId, input: typed("rather this") });
    await server.notified("turn/completed");
    return {
      shown: outcome(server),
      interrupts: world.mock.record.messages.map(({ bytes }) => JSON.parse(`${bytes}`)),
    };
  },
  ({ shown, interrupts }, wire) => {
    assert.deepEqual(shown, ["userMessage", "userMessage", "agentMessage: echo: rather this", "completed"]);
    // Over HTTP Codex leaves the stream; on a WebSocket it asks for an end and keeps the socket.
    const interrupt = { type: "response.interrupt", response_id: "resp_mock_x", mode: "discard_partial_items" };
    assert.deepEqual(interrupts, wire === "ws" ? [interrupt] : []);
  },
);

bothWays(
  "usage limits reach the client",
  {},
  async (world) => {
    const server = await startAppServer(world);
    await startTurn(server, await startThread(server, world), "hello");
    await server.notified("turn/completed");
    return (await server.notified("account/rateLimits/updated")).params;
  },
  ({ rateLimits }) => {
    const { primary, secondary } = rateLimits as { primary: unknown; secondary: unknown };
    assert.deepEqual(
      { primary, secondary },
      {
        primary: { usedPercent: 12, windowDurationMins: 300, resetsAt: 1_795_400_000 },
        secondary: { usedPercent: 34, windowDurationMins: 10_080, resetsAt: 1_795_900_000 },
      },
    );
  },
);

bothWays(
  "a compacted thread goes on from its summary",
  {},
  async (world) => {
    const server = await startAppServer(world);
    const threadId = await startThread(server, world);
    await startTurn(server, threadId, "one");
    await server.notified("turn/completed", 1);
    await server.call("thread/compact/start", { threadId });
    await server.notified("turn/completed", 2);
    await startTurn(server, threadId, "two");
    await server.notified("turn/completed", 3);
    return outcome(server);
  },
  (shown) => {
    assert.deepEqual(shown, [
      "userMessage",
      "agentMessage: echo: one",
      "completed",
      "contextCompaction",
      "completed",
      "userMessage",
      "agentMessage: echo: two",
      "completed",
    ]);
  },
);
