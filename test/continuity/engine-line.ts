/** The proxy without its server: a request goes through plan and ask as the server would have it. */
import { ask, plan } from "../../src/engine.ts";
import { createLogger } from "../../src/log.ts";
import { makeFrame } from "../../src/protocol/frame.ts";
import { httpHead, messageHead } from "../../src/protocol/head.ts";
import { RequestBody } from "../../src/protocol/request.ts";
import type { WireEvent } from "../../src/testing/events.ts";
import type { Reply, Stage, Turn, Wire } from "../../src/turn.ts";
import type { Answered, Line } from "./line.ts";
import { type Socket, Upstream } from "./upstream.ts";

const log = createLogger("silent");

/** Nothing between client, stages and upstream but the engine's own functions. */
export function engineLine(): Line {
  const upstream = new Upstream();
  let stages: readonly Stage[] = [];
  return {
    sights: upstream.sights,
    start: (next) => {
      stages = next;
      return Promise.resolve();
    },
    send: ({ socket, habits }, request) => relay(stages, upstream, socket, habits.wire, request),
  };
}

/** @throws Error for a stage that fails, and for a request that upstream refuses */
async function relay(
  stages: readonly Stage[],
  upstream: Upstream,
  socket: Socket,
  wire: Wire,
  sent: Readonly<Record<string, unknown>>,
): Promise<Answered> {
  const bytes = Buffer.from(JSON.stringify(sent));
  const metadata = (sent.client_metadata as Record<string, string>)["x-codex-turn-metadata"] ?? "{}";
  const head =
    wire === "ws"
      ? messageHead("/responses", [], bytes)
      : httpHead("POST", "/responses", ["x-codex-turn-metadata", metadata]);
  const fail = (what: unknown): never => {
    throw what;
  };
  const chosen = plan(stages, head, (_, error) => fail(error));
  const body = new RequestBody(bytes);
  const failures: unknown[] = [];
  const loud = log.child({});
  loud.error = (about: { err?: unknown }) => failures.push(about.err);
  const go = (next: RequestBody): Reply => {
    const frames = upstream.take(wire, next.bytes(), socket).map((event) => makeFrame(wire, event));
    return {
      status: 200,
      reason: "OK",
      headers: [],
      frames: (async function* () {
        yield* frames;
      })(),
    };
  };
  const turn: Turn = {
    id: "t",
    head,
    signal: new AbortController().signal,
    log: loud,
    request: body,
    notes: new Map(),
    leg: (next) => Promise.resolve(go(next)),
  };
  const seen = upstream.sights.length;
  const { reply } = await ask(turn, chosen);
  for (const failure of failures) fail(failure);
  const events: WireEvent[] = [];
  for await (const frame of (reply ?? go(body)).frames) events.push(frame.json() as WireEvent);
  return { events, local: upstream.sights.length === seen };
}
