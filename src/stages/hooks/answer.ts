/** The answer of a turn whose hooks want to see it: notices at its head, edits within, and as many legs as Stop hooks want. */
import type { Frame } from "../../protocol/frame.ts";
import { isCodex } from "../../protocol/head.ts";
import type { Item, RequestBody } from "../../protocol/request.ts";
import type { Reply, Turn } from "../../turn.ts";
import { Joined } from "../legs/joined.ts";
import { type Answered, nextLeg } from "../legs/next.ts";
import { beginsBehind } from "../legs/unseen.ts";
import type { Notes } from "./notes.ts";
import { closingNotice, openingNotice } from "./notice.ts";
import { endsTurn, feedbackItem } from "./stop.ts";
import { type Editor, edited } from "./stream.ts";

/** What the answer is watched for. */
export interface Watch {
  /** Asked where the turn would end: what the model is to go on with, or undefined. */
  ended(answered: Answered): Promise<string | undefined>;
  /** What hooks make of the stream that comes down; undefined where none looks at it. */
  readonly editor: Editor | undefined;
  /** Puts a notice where later requests will not find it. */
  conceal(item: Item): void;
  /** Puts the feedback behind what the client sees before it. */
  hide(answered: Answered, feedback: Item): void;
}

/** @param sent what `source` answers */
export async function* answer(
  turn: Turn,
  notes: Notes,
  source: AsyncIterable<Frame>,
  sent: RequestBody,
  watch: Watch,
): AsyncGenerator<Frame> {
  const { wire } = turn.head;
  const joined = new Joined(wire, isCodex(turn.head));
  const open: AsyncIterator<Frame>[] = [];
  const noticed = function* (form: (text: string) => Item): Generator<Frame> {
    for (const item of notes.notices.splice(0).map(form)) {
      watch.conceal(item);
      yield* joined.insert(item);
    }
  };
  const seen = (frames: AsyncIterable<Frame>): AsyncIterator<Frame> =>
    (watch.editor === undefined ? frames : edited(wire, frames, watch.editor))[Symbol.asyncIterator]();
  try {
    let asked = sent;
    let frames = seen(source);
    for (;;) {
      open.push(frames);
      let next: Leg | undefined;
      for (let read = await frames.next(); !read.done && next === undefined; read = await frames.next()) {
        const event = read.value;
        // What follows the beginning may be the end of the stream already.
        if (event.type !== "response.created" && event.type !== "") yield* noticed(openingNotice);
        if (notes.goesUp && endsTurn(event, joined.answered)) {
          joined.see(event);
          next = await further(asked, joined.answered);
          if (next !== undefined) break;
          yield* noticed((text) => closingNotice(text, notes.metadata));
        }
        const frame = joined.pass(event);
        if (frame !== undefined) yield frame;
      }
      if (next === undefined) return;
      joined.next();
      asked = next.body;
      frames = seen(next.reply.frames);
    }
  } finally {
    for (const each of open) await each.return?.();
  }

  /** The leg that a Stop hook wants, on its way. */
  async function further(asked: RequestBody, answered: Answered): Promise<Leg | undefined> {
    const text = await watch.ended(answered);
    if (text === undefined || turn.signal.aborted) return undefined;
    const said = feedbackItem(text);
    const body = nextLeg(wire, asked, answered, [said]);
    beginsBehind(body, answered.output.at(-1) ?? asked);
    const reply = await turn.leg(body);
    if (reply.status === 200) {
      watch.hide(answered, said);
      return { body, reply };
    }
    turn.log.warn({ status: reply.status }, "upstream refused what a Stop hook had to say: the turn ends");
    return undefined;
  }
}

/** A trip upstream. */
interface Leg {
  readonly body: RequestBody;
  readonly reply: Reply;
}
