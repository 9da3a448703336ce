/** The answer of a turn whose tool calls hooks judge before the client gets them, in as many legs as denials make of it. */
import { type Frame, TERMINAL } from "../../protocol/frame.ts";
import { isCodex } from "../../protocol/head.ts";
import type { Item, RequestBody } from "../../protocol/request.ts";
import type { Continuity } from "../../sessions/continuity/index.ts";
import type { Turn } from "../../turn.ts";
import { notesOf } from "../hooks/notes.ts";
import { closingNotice } from "../hooks/notice.ts";
import { stopped } from "../hooks/wording.ts";
import { type Call, outputOf } from "../legs/call.ts";
import { cutOff, further } from "../legs/cut.ts";
import { hideForLater, hideHere, type Known } from "../legs/hidden.ts";
import { Joined } from "../legs/joined.ts";
import { Leg } from "../legs/leg.ts";
import { nextLeg } from "../legs/next.ts";
import { beginsBehind, keepOurs, lastBefore } from "../legs/unseen.ts";
import { Held } from "./held.ts";
import { judging } from "./judging.ts";
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
export interface GateNotes extends Known {
  /** For the person, not shown yet. */
  readonly notices: string[];
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
  const joined = new Joined(wire, isCodex(turn.head));
  const open: AsyncIterator<Frame>[] = [];
  notes.last = lastBefore(sent);
  let asked = sent;
  let passed: Item | RequestBody = sent;
  let stop: string | undefined;
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
    if (judgement !== undefined) {
      notes.notices.push(...judgement.messages);
      stop ??= judgement.stop;
    }
    if (call !== undefined && judgement?.denied !== undefined) {
      leg.take(call, denial(call, judgement.denied, judgement.context));
      leg.gap(held.place);
      return;
    }
    if (call !== undefined && made !== undefined) {
      leg.give(call, made);
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
    // What is denied of an answer that failed has never been.
    const failed = end.type === "response.failed" || end.type === "error";
    if (failed || turn.signal.aborted) return { end };
    if (leg.calls.length > 0) {
      hideForLater(turn, continuity, leg, notes);
      return { end };
    }
    // Before anything is hidden: what is unseen by now is what stages further in have done.
    const body = leg.taken.length === 0 ? undefined : nextLeg(wire, asked, leg, leg.answers);
    hideHere(turn, continuity, leg, notes, passed);
    if (body === undefined) return { end };
    passed = leg.last ?? passed;
    const why = breakOff(end, legs);
    if (why !== undefined) {
      notes.notices.push(...why);
      return { end: cutOff(turn, continuity, end, leg) };
    }
    beginsBehind(body, passed);
    const reply = await further(turn, body, "a denied tool call");
    if (!("frames" in reply)) return { end: reply };
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
  function breakOff(end: Frame, legs: number): string[] | undefined {
    if (stop !== undefined) {
      options.ended();
      return [stopped(stop)];
    }
    if (legs >= MOST_LEGS)
      return [`Hooks have denied what the model wants to do ${MOST_LEGS} times in a row: the turn ends.`];
    return end.type === "response.completed" ? undefined : [];
  }
}

/** How it goes on: to the end of the answer, or with what upstream says to a denial. */
type Next = { readonly end: Frame } | { readonly end: undefined; readonly frames: AsyncIterable<Frame> };

/** What the model is told of a denied call. */
function denial(call: Call, reason: string, context: readonly string[]): readonly Item[] {
  const content = context.map((text) => ({ type: "input_text", text }));
  const beside = content.length === 0 ? [] : [{ type: "message", role: "developer", content }];
  return [outputOf(call, reason), ...beside];
}
