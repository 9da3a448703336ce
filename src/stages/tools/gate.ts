/** The answer of a turn whose tool calls hooks judge before the client gets them, in as many legs as denials make of it. */
import { CodexPlusError, toCodexPlusError } from "../../errors.ts";
import { failureFrame } from "../../protocol/failure.ts";
import { type Frame, makeFrame, TERMINAL } from "../../protocol/frame.ts";
import type { Item, RequestBody } from "../../protocol/request.ts";
import { newId } from "../../protocol/say.ts";
import type { Continuity } from "../../sessions/continuity/index.ts";
import type { Reply, Turn } from "../../turn.ts";
import { notesOf } from "../hooks/notes.ts";
import { closingNotice } from "../hooks/notice.ts";
import { stopped } from "../hooks/wording.ts";
import { Joined } from "../legs/joined.ts";
import { nextLeg } from "../legs/next.ts";
import { Held } from "./held.ts";
import { hideForLater, hideHere } from "./hidden.ts";
import { judging } from "./judging.ts";
import { Leg } from "./leg.ts";
import type { Gate } from "./queue.ts";

/** A model that is told no and tries again does so this often at most within one turn of the client's. */
export const MOST_LEGS = 16;

export interface GateOptions extends Gate {
  readonly continuity: Continuity;
  /** Told of a call that goes to the client. */
  passed(held: Held): void;
  /** For the person, not shown yet. */
  readonly notices: string[];
  /** A hook has ended the turn: nothing further is to be asked about it. */
  ended(): void;
}

/** @param sent what `source` answers */
export async function* gate(
  turn: Turn,
  source: AsyncIterable<Frame>,
  sent: RequestBody,
  options: GateOptions,
): AsyncGenerator<Frame> {
  const { wire } = turn.head;
  const { continuity, notices } = options;
  const joined = new Joined(wire);
  const open: AsyncIterator<Frame>[] = [];
  let asked = sent;
  let before: Item | undefined = lastItem(turn.request);
  try {
    let frames = source;
    for (let legs = 1; ; legs += 1) {
      const iterator = frames[Symbol.asyncIterator]();
      open.push(iterator);
      const leg = new Leg(wire);
      let end: Frame | undefined;
      for await (const unit of judging(iterator, options)) {
        if (unit instanceof Held) yield* settle(unit, leg);
        else if (TERMINAL.has(unit.type)) end = unit;
        else yield* pass(unit, leg);
        if (end !== undefined) break;
      }
      if (end === undefined) return;
      leg.see(end);
      const over = end.type === "response.failed" || end.type === "error";
      // What is denied of an answer that failed has never been.
      if (leg.denied.length === 0 || over || turn.signal.aborted) {
        yield* finish(end, leg);
        return;
      }
      if (leg.calls.length > 0) {
        hideForLater(turn, continuity, leg);
        yield* finish(end, leg);
        return;
      }
      before = hideHere(turn, continuity, leg, before);
      const why = breakOff(end, leg, legs);
      if (why !== undefined) {
        notices.push(...why);
        yield* finish(cutOff(end, leg), leg);
        return;
      }
      const body = nextLeg(wire, asked, leg, leg.answers);
      const next = await further(body);
      if (!("frames" in next)) {
        yield failureFrame(wire, next, turn.id);
        return;
      }
      joined.see(end);
      joined.next();
      asked = body;
      frames = next.frames;
    }
  } finally {
    for (const each of open) await each.return?.();
  }

  function* pass(frame: Frame, leg: Leg): Generator<Frame> {
    leg.see(frame);
    const shown = joined.pass(leg.closed(frame));
    if (shown !== undefined) yield shown;
  }

  function* settle(held: Held, leg: Leg): Generator<Frame> {
    const { call, made, judgement } = held;
    notices.push(...(judgement?.messages ?? []));
    leg.settle(held);
    if (judgement?.denied !== undefined) return;
    if (call !== undefined && made !== undefined) {
      if (made !== call) continuity.original(turn, made, call);
      options.passed(held);
    }
    for (const frame of held.shown(wire)) {
      const shown = joined.pass(leg.closed(frame));
      if (shown !== undefined) yield shown;
    }
  }

  /** The end of all, and before it what a person is to know. */
  function* finish(end: Frame, leg: Leg): Generator<Frame> {
    for (const text of notices.splice(0)) {
      const item = closingNotice(text, notesOf(turn)?.metadata ?? {});
      continuity.conceal(turn, item);
      yield* joined.insert(item);
    }
    const shown = joined.pass(leg.closed(end));
    if (shown !== undefined) yield shown;
  }

  /** Why the turn ends though the model has not heard of its denials, in words for the person. */
  function breakOff(end: Frame, { stop }: Leg, legs: number): string[] | undefined {
    if (stop !== undefined) {
      options.ended();
      return [stopped(stop)];
    }
    if (legs >= MOST_LEGS)
      return [`Hooks have denied the model's tool calls ${MOST_LEGS} times in a row: the turn ends here.`];
    return end.type === "response.completed" ? undefined : [];
  }

  /**
   * An end behind which the client does not go on from what upstream has said, as calls are left open there. On WebSocket
   * it then sends all it knows.
   */
  function cutOff(end: Frame, { id, answers }: Leg): Frame {
    const event = end.json();
    if (event === undefined) return end;
    let instead = "";
    if (wire === "sse") {
      if (turn.request.field("store") === false) return end;
      instead = `resp_${newId()}`;
      continuity.bridge(
        turn,
        instead,
        answers.map((item) => JSON.stringify(item)),
        id,
      );
    }
    return makeFrame(wire, { ...event, response: { ...(event.response as object), id: instead } });
  }

  async function further(body: RequestBody): Promise<Reply | CodexPlusError> {
    try {
      const reply = await turn.leg(body);
      if (reply.status === 200) return reply;
      return new CodexPlusError(
        "CP_UPSTREAM_CUT",
        `upstream answered ${reply.status} when it was told of a denied call`,
      );
    } catch (error) {
      return toCodexPlusError(error);
    }
  }
}

function lastItem(request: RequestBody): Item | undefined {
  const { input } = request.json();
  return Array.isArray(input) ? input.at(-1) : undefined;
}
