/** What tests of turns are made of: a mock behind the proxy, a client before it, stages between. */
import type { TestContext } from "node:test";
import type { WireEvent } from "../../src/protocol/frame.ts";
import type { RequestDraft } from "../../src/protocol/request.ts";
import { ev } from "../../src/testing/events.ts";
import { type Answer, type Mock, type Step, startMock, steps } from "../../src/testing/index.ts";
import type { Outcome, Stage, Turn } from "../../src/turn.ts";
import { type Running, startProxy } from "./harness.ts";
import { type Event, type Speaker, speaker, type Wire } from "./speaker.ts";

export const BODY =
  '{"model":"m","stream":true,"store":false,"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"a b"}]}]}';

export interface Setting {
  readonly mock: Mock;
  readonly proxy: Running;
  readonly client: Speaker;
}

export async function setUp(t: TestContext, wire: Wire, stages: readonly Stage[], limits = {}): Promise<Setting> {
  const mock = await startMock();
  t.after(() => mock.stop());
  const proxy = await startProxy(t, { upstream: mock.url, stages, settings: { limits } });
  return { mock, proxy, client: await speaker(t, wire, proxy.port) };
}

/** Scripts replies without the events that the mock otherwise puts behind the first, as a long list needs no noise. */
export function play(mock: Mock, ...replies: (readonly Step[] | Answer)[]): void {
  const quiet = (script: Answer["steps"]): Step[] => [steps.wait(Promise.resolve()), ...(script as Step[])];
  mock.script(
    ...replies.map((reply) =>
      "steps" in reply ? { ...reply, steps: quiet(reply.steps) } : "map" in reply ? quiet(reply) : reply,
    ),
  );
}

/** A member that is an object, of what may not be there. */
export const part = (event: Event | undefined, name: string): Event => (event?.[name] ?? {}) as Event;
export const types = (events: readonly Event[]): unknown[] => events.map(({ type }) => type);
export const plain = (id: string): WireEvent[] => [ev.created(id), ev.completed(id)];

export function edit(turn: Turn, change: (draft: RequestDraft) => void): undefined {
  turn.request.edit(change);
}

/** A stage that keeps what it is told of the end. */
export function witness(
  stage: Omit<Stage, "name">,
  name = "witness",
): { stage: Stage; outcomes: Outcome[]; done: Promise<Outcome> } {
  const outcomes: Outcome[] = [];
  const told = Promise.withResolvers<Outcome>();
  return {
    stage: {
      name,
      ...stage,
      done: (_turn, outcome) => {
        outcomes.push(outcome);
        told.resolve(outcome);
      },
    },
    outcomes,
    done: told.promise,
  };
}
