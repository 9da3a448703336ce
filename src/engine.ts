/** Runs a turn through its stages: the only code that knows how their moments are called. It never sees a socket. */
import { CodexPlusError } from "./errors.ts";
import type { Frame } from "./protocol/frame.ts";
import { relabelFrames, relabelHeaders } from "./protocol/model.ts";
import type { RequestBody } from "./protocol/request.ts";
import type { Head, Needs, Outcome, Reply, Stage, Turn } from "./turn.ts";

/** The stages that want a part of this turn, in order, and how much of it has to be looked at for them. */
export interface Plan {
  readonly needs: Needs;
  readonly entered: readonly Entered[];
}

/** A stage that takes part in a turn, and what it said it needs. */
export interface Entered {
  readonly stage: Stage;
  readonly needs: Needs;
}

const NOTHING: Plan = { needs: "nothing", entered: [] };

/** Asks every stage once, before a byte is forwarded. A stage that throws is left out. */
export function plan(stages: readonly Stage[], head: Head, failed: (stage: Stage, error: unknown) => void): Plan {
  if (stages.length === 0) return NOTHING;
  const entered: Entered[] = [];
  let needs: Needs = "nothing";
  for (const stage of stages) {
    try {
      const wanted = stage.needs(head);
      if (wanted === "nothing") continue;
      entered.push({ stage, needs: wanted });
      if (needs !== "events") needs = wanted;
    } catch (error) {
      failed(stage, error);
    }
  }
  return entered.length === 0 ? NOTHING : { needs, entered };
}

/** What came of the request's half of a turn: answered here, or to be sent up. */
export interface Asked {
  /** The local answer, if a stage gave one. */
  readonly reply: Reply | undefined;
  readonly entered: readonly Entered[];
  readonly needs: Needs;
  /** Set when a stage changed the model: the one the client asked for, which every answer must then name. */
  readonly model: string | undefined;
  /** Set where the client sent what no stage can read (CP_REQUEST_INVALID): the turn is not to go on. */
  readonly refused?: CodexPlusError;
}

/** The request's half: walks the stages until one answers. A stage that throws is left out and the turn goes on. */
export async function ask(turn: Turn, plan: Plan): Promise<Asked> {
  const entered: Entered[] = [];
  let reply: Reply | undefined;
  for (const each of plan.entered) {
    try {
      reply = await each.stage.request?.(turn);
      entered.push(
        each.needs === "events" && each.stage.watches?.(turn) === false ? { ...each, needs: "request" } : each,
      );
      if (reply !== undefined) break;
    } catch (error) {
      if (error instanceof CodexPlusError && error.row.source === "client") {
        return { reply, entered, needs: plan.needs, model: undefined, refused: error };
      }
      turn.log.error({ stage: each.stage.name, err: error }, "a stage failed and was left out of the turn");
    }
  }
  const { askedModel } = turn.request;
  const model = askedModel !== undefined && turn.request.json().model !== askedModel ? askedModel : undefined;
  const watched = model !== undefined || entered.some(({ needs }) => needs === "events");
  return { reply, entered, model, needs: watched ? "events" : "request" };
}

/** The stream's half: wraps what comes down in the stages that want events, the last of them innermost. */
export function wrap(turn: Turn, reply: Reply, { entered, model }: Asked): Reply {
  const named = (answer: Reply): Reply =>
    model === undefined
      ? answer
      : {
          ...answer,
          headers: relabelHeaders(answer.headers, model),
          frames: relabelFrames(answer.frames, turn.head.wire, model),
        };
  let wrapped = named(reply);
  let leg: Turn["leg"] = async (body) => named(await turn.leg(body));
  for (const { stage, needs } of entered.toReversed()) {
    if (needs !== "events" || stage.frames === undefined) continue;
    // What a stage sends up itself is answered through the stages further in, as the first answer is.
    const seen: Turn = { ...turn, leg };
    const through = (answer: Reply, sent: RequestBody): Reply => ({
      ...answer,
      frames: guarded(stage, seen, answer.frames, sent),
    });
    const inner = leg;
    leg = async (body) => through(await inner(body), body);
    wrapped = through(wrapped, turn.request);
  }
  return wrapped;
}

/** Tells every stage that took part how the turn ended. Whatever they throw is logged and goes no further. */
export async function finish(turn: Turn, entered: readonly Entered[], outcome: Outcome): Promise<void> {
  for (const { stage } of entered) {
    try {
      await stage.done?.(turn, outcome);
    } catch (error) {
      turn.log.error({ stage: stage.name, err: error }, "a stage failed after the turn");
    }
  }
}

/**
 * A stage's view of the stream, cut loose when the stage throws: the frame it had in hand and all that follow then pass
 * as they came. A failure of the stream itself is not the stage's and goes through.
 */
async function* guarded(
  stage: Stage,
  turn: Turn,
  source: AsyncIterable<Frame>,
  sent: RequestBody,
): AsyncGenerator<Frame> {
  const upstream = source[Symbol.asyncIterator]();
  let inHand: Frame | undefined;
  let broken: unknown;
  const view: AsyncIterable<Frame> = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        inHand = undefined;
        try {
          const result = await upstream.next();
          if (!result.done) inHand = result.value;
          return result;
        } catch (error) {
          broken = error;
          throw error;
        }
      },
      // The stage may stop reading; what is read afterwards is decided below.
      return: () => Promise.resolve({ done: true, value: undefined }),
    }),
  };
  try {
    try {
      for await (const frame of stage.frames?.(turn, view, sent) ?? []) {
        // An edited event stands for the one it was made of, which must then not follow it.
        if (frame === inHand || frame.type === inHand?.type) inHand = undefined;
        yield frame;
      }
      return;
    } catch (error) {
      if (broken !== undefined && error === broken) throw error;
      turn.log.error({ stage: stage.name, err: error }, "a stage failed and was left out of the rest of the stream");
    }
    if (inHand !== undefined) yield inHand;
    for (let next = await upstream.next(); !next.done; next = await upstream.next()) yield next.value;
  } finally {
    await upstream.return?.();
  }
}
