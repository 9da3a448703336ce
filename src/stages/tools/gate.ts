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
import { keepOurs } from "../legs/unseen.ts";
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
  readonly notes: GateNotes;
  /** A hook has ended the turn: nothing further is to be asked about it. */
  ended(): void;
}

/** What outlasts one answer of a turn that goes through here. */
export interface GateNotes {
  /** For the person, not shown yet. */
  readonly notices: string[];
  /** The last item that the client has got. */
  last: Item | undefined;
}

/** @param sent what `source` answers */
export async function* gate(
  turn: Turn,
  source: AsyncIterable<Frame>,
  sent: RequestBody,
  options: GateOptions,
): AsyncGenerator<Frame> {
  const { wire } = turn.head;
  const { continuity, notes } = options;
  const joined = new Joined(wire);
  const open: AsyncIterator<Frame>[] = [];
  let asked = sent;
  let passed: Item | RequestBody = sent;
  try {
    let frames: AsyncIterable<Frame> | undefined = source;
    for (let legs = 1; frames !== undefined; legs += 1) {
      const iterator = frames[Symbol.asyncIterator]();
      open.push(iterator);
      frames = undefined;
      const leg = new Leg(wire);
      const units = judging(iterator, options);
      for (let unit = await units.next(); !unit.done && frames === undefined; unit = await units.next()) {
        const { value } = unit;
        if (value instanceof Held) yield* settle(value, leg);
        else if (!TERMINAL.has(value.type)) yield* pass(value, leg);
        else {
          const next = await over(value, leg, legs);
          if (next.end !== undefined) yield* finish(next.end, leg);
          else {
            frames = next.frames;
            break;
          }
        }
      }
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
    notes.notices.push(...(judgement?.messages ?? []));
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

  /** Upstream is done: either so is the answer, or the model has to hear of what was denied. */
  async function over(end: Frame, leg: Leg, legs: number): Promise<Next> {
    leg.see(end);
    const before = notes.last ?? lastItem(turn.request);
    notes.last = leg.last ?? notes.last;
    // What is denied of an answer that failed has never been.
    const failed = end.type === "response.failed" || end.type === "error";
    if (leg.denied.length === 0 || failed || turn.signal.aborted) return { end };
    if (leg.calls.length > 0) {
      hideForLater(turn, continuity, leg);
      return { end };
    }
    const body = nextLeg(wire, asked, leg, leg.answers);
    hideHere(turn, continuity, leg, before, passed);
    passed = leg.last ?? passed;
    const why = breakOff(end, leg, legs);
    if (why !== undefined) {
      notes.notices.push(...why);
      return { end: cutOff(end, leg) };
    }
    const reply = await further(body);
    if (!("frames" in reply)) return { end: failureFrame(wire, reply, turn.id) };
    joined.see(end);
    joined.next();
    asked = body;
    return { end: undefined, frames: reply.frames };
  }

  /** The end of all, and before it what a person is to know. */
  function* finish(end: Frame, leg: Leg): Generator<Frame> {
    for (const text of notes.notices.splice(0)) {
      const item = closingNotice(text, notesOf(turn)?.metadata ?? {});
      continuity.conceal(turn, item);
      keepOurs(item);
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
      return [`Hooks have denied what the model wants to do ${MOST_LEGS} times in a row: the turn ends.`];
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
      const owed = answers.map((item) => JSON.stringify(item));
      continuity.bridge(turn, instead, owed, id);
    }
    return makeFrame(wire, { ...event, response: { ...(event.response as object), id: instead } });
  }

  async function further(body: RequestBody): Promise<Reply | CodexPlusError> {
    try {
      const reply = await turn.leg(body);
      if (reply.status === 200) return reply;
      return new CodexPlusError("CP_UPSTREAM_CUT", `upstream answered ${reply.status} when told of a denied tool call`);
    } catch (error) {
      return toCodexPlusError(error);
    }
  }
}

/** How it goes on: to the end of the answer, or with what upstream says to a denial. */
type Next = { readonly end: Frame } | { readonly end: undefined; readonly frames: AsyncIterable<Frame> };

function lastItem(request: RequestBody): Item | undefined {
  const { input } = request.json();
  return Array.isArray(input) ? input.at(-1) : undefined;
}
