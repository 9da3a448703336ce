/** The answer of a turn whose model calls our tools: in as many legs as it takes, and to the client one response. */
import { type Frame, TERMINAL } from "../../protocol/frame.ts";
import { isCodex } from "../../protocol/head.ts";
import type { Item, RequestBody } from "../../protocol/request.ts";
import type { Continuity } from "../../sessions/continuity/index.ts";
import type { Turn } from "../../turn.ts";
import { notesOf } from "../hooks/notes.ts";
import { closingNotice } from "../hooks/notice.ts";
import { stopped } from "../hooks/wording.ts";
import { isCall } from "../legs/call.ts";
import { cutOff, further } from "../legs/cut.ts";
import { ADDED, DONE, itemOf, itemsOf, placeOf } from "../legs/events.ts";
import { hideForLater, hideHere, type Known } from "../legs/hidden.ts";
import { Joined } from "../legs/joined.ts";
import { Leg } from "../legs/leg.ts";
import { nextLeg } from "../legs/next.ts";
import { beginsBehind, keepOurs, lastBefore } from "../legs/unseen.ts";
import type { Budget } from "./budget.ts";
import { allow, asAsked, choose, outOfTokens } from "./further.ts";
import type { Offer } from "./offer.ts";
import { type Make, Running } from "./running.ts";

export interface LoopOptions {
  readonly continuity: Continuity;
  readonly offer: Offer;
  readonly budget: Budget;
  readonly known: Known;
  /** What the client has said of tools, as answers repeat it. */
  readonly asked: Readonly<Record<string, unknown>>;
  readonly make: Make;
  /** Why a hook has ended the turn, once, where one has. */
  readonly ended: () => string | undefined;
}

/** @param sent what `source` answers */
export async function* loop(
  turn: Turn,
  source: AsyncIterable<Frame>,
  sent: RequestBody,
  options: LoopOptions,
): AsyncGenerator<Frame> {
  const { wire } = turn.head;
  const { continuity, offer, budget, known } = options;
  const joined = new Joined(wire, isCodex(turn.head));
  const open: AsyncIterator<Frame>[] = [];
  const notices: string[] = [];
  known.last = lastBefore(sent);
  let asked = sent;
  let passed: Item | RequestBody = sent;
  let running = new Running(options.make, budget, turn.signal);
  /** The id by which the client has heard the answer begin, where it ends by another. */
  let begun = "";
  try {
    let frames: AsyncIterable<Frame> | undefined = source;
    while (frames !== undefined) {
      const iterator: AsyncIterator<Frame> = frames[Symbol.asyncIterator]();
      open.push(iterator);
      frames = undefined;
      const leg = new Leg(wire);
      const places = new Set<string>();
      for (let read = await iterator.next(); !read.done; read = await iterator.next()) {
        const frame = read.value;
        if (isOurs(frame, leg, places)) {
          joined.drop(frame);
          continue;
        }
        const end = TERMINAL.has(frame.type) ? await over(frame, leg) : frame;
        // As upstream has said it: of what it names, all may have been taken out.
        joined.see(frame);
        if ("frames" in end) {
          joined.next();
          begun ||= leg.id;
          frames = end.frames;
          break;
        }
        leg.see(end);
        if (TERMINAL.has(end.type)) bridge(leg.id);
        yield* told();
        const shown = joined.pass(asAsked(wire, leg.closed(end), options.asked));
        if (shown !== undefined) yield shown;
      }
    }
  } finally {
    running.abandon();
    for (const each of open) await each.return?.();
  }

  /** Some clients go on from the id that they heard first, by which upstream knows calls that nobody has answered. */
  function bridge(id: string): void {
    const stored = wire === "ws" || turn.request.field("store") !== false;
    if (begun !== "" && id !== "" && stored && !isCodex(turn.head)) continuity.bridge(turn, begun, [], id);
  }

  /** What a person is to know, before the end. */
  function* told(): Generator<Frame> {
    for (const text of notices.splice(0)) {
      const item = closingNotice(text, notesOf(turn)?.metadata ?? {});
      continuity.conceal(turn, item);
      keepOurs(item);
      yield* joined.insert(item);
    }
  }

  /** Whether an event is about a call of ours, which is made as soon as it is whole. */
  function isOurs(frame: Frame, leg: Leg, places: Set<string>): boolean {
    const about = frame.type === ADDED || frame.type === DONE;
    if (!about && (places.size === 0 || TERMINAL.has(frame.type))) return false;
    const event = frame.json();
    const place = placeOf(event);
    if (place === undefined) return false;
    const item = about ? itemOf(event) : undefined;
    const tool = item && offer.find(item);
    if (item === undefined || tool === undefined) return !about && places.has(place);
    if (!places.has(place)) leg.gap(place);
    places.add(place);
    if (frame.type === DONE && isCall(item)) running.begin(leg.take(item, []), tool);
    return true;
  }

  /** Upstream is done: so is the answer, or the model hears what its tools have to say. */
  async function over(end: Frame, leg: Leg): Promise<Frame | { readonly frames: AsyncIterable<Frame> }> {
    leg.see(end);
    const failed = end.type === "response.failed" || end.type === "error";
    for (const item of itemsOf(end.json())) {
      const tool = offer.find(item);
      const told = leg.taken.some(({ call }) => call.call_id === item.call_id);
      if (tool === undefined || !isCall(item) || told) continue;
      const taken = leg.take(item, []);
      if (!failed) running.begin(taken, tool);
    }
    if (failed) return end;
    // The model says no more: nobody would read what is still to come of its calls.
    if (end.type === "response.incomplete") running.abandon();
    await running.over();
    if (leg.calls.length > 0) {
      hideForLater(turn, continuity, leg, known);
      return end;
    }
    // Before anything is hidden: what is unseen by now is what stages further in have done.
    const body = leg.taken.length === 0 ? undefined : nextLeg(wire, asked, leg, leg.answers);
    hideHere(turn, continuity, leg, known, passed);
    if (body === undefined || turn.signal.aborted) return end;
    passed = leg.last ?? passed;
    const why = options.ended();
    if (why !== undefined) notices.push(stopped(why));
    const last = why !== undefined || asked.field("tool_choice") === "none";
    if (end.type !== "response.completed" || last) return cutOff(turn, continuity, end, leg);
    choose(body, budget.spent);
    if (!allow(body, end)) return cutOff(turn, continuity, outOfTokens(wire, end), leg);
    beginsBehind(body, passed);
    budget.leg();
    running.abandon();
    running = new Running(options.make, budget, turn.signal);
    const reply = await further(turn, body, "what its tools have answered");
    if ("frames" in reply) asked = body;
    return reply;
  }
}
