/** A stage that only looks: what the server shows a recorder, kept whole. */
import { EventEmitter, once } from "node:events";
import type { Needs, Stage, Tap } from "../../src/turn.ts";
import { eventsOf } from "./message.ts";
import type { Event, Wire } from "./speaker.ts";

/** What was shown of one turn. */
export interface Shown {
  readonly wire: Wire;
  /** The moments in order, repeats left out. */
  readonly moments: string[];
  asked: string;
  sent?: string;
  head?: { readonly status: number; readonly type: string | undefined };
  /** The answer, as the client got it: payload of HTTP, messages of WebSocket. */
  answer: Buffer;
  readonly messages: Buffer[];
  readonly ends: { readonly close: string; readonly local: boolean; readonly code: string | undefined }[];
}

export interface Watcher {
  readonly stage: Stage;
  readonly shown: readonly Shown[];
  /** The turn that has begun as the n-th, when it is over. */
  over(n?: number): Promise<Shown>;
}

/** @param at a moment at which its tap throws */
export function watcher(at?: keyof Tap): Watcher {
  const shown: Shown[] = [];
  const ends = new EventEmitter().setMaxListeners(0);
  const tap = (wire: Wire): Tap => {
    const mine: Shown = { wire, moments: [], asked: "", answer: Buffer.alloc(0), messages: [], ends: [] };
    shown.push(mine);
    const moment = (name: keyof Tap): void => {
      if (mine.moments.at(-1) !== name) mine.moments.push(name);
      if (name === at) throw new Error("boom");
    };
    const answer = (bytes: Buffer): void => {
      mine.answer = Buffer.concat([mine.answer, bytes]);
      mine.messages.push(bytes);
    };
    return {
      asked(piece) {
        mine.asked += piece.toString("latin1");
        moment("asked");
      },
      arrived: () => moment("arrived"),
      sent(body) {
        mine.sent = body.toString("latin1");
        moment("sent");
      },
      answered(status, headers) {
        const type = headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === "content-type");
        mine.head = { status, type: type < 0 ? undefined : headers[type + 1] };
        moment("answered");
      },
      bytes(piece) {
        answer(piece);
        moment("bytes");
      },
      frame(frame) {
        answer(frame.raw);
        moment("frame");
      },
      end({ close, local, error }) {
        mine.ends.push({ close, local, code: error?.code });
        ends.emit("end");
        moment("end");
      },
    };
  };
  return {
    stage: { name: "watcher", needs: () => "nothing", tap: (head) => tap(head.wire) },
    shown,
    async over(n = 0) {
      for (;;) {
        const found = shown[n];
        if (found !== undefined && found.ends.length > 0) return found;
        await once(ends, "end");
      }
    },
  };
}

/** The events that were shown, as a client reads them. */
export function eventsShown({ wire, messages, answer, head }: Shown): Event[] {
  if (wire === "ws") return messages.map((each) => JSON.parse(`${each}`) as Event);
  if (head?.type?.startsWith("text/event-stream")) return eventsOf(answer) as Event[];
  return [JSON.parse(`${answer}`) as Event];
}

/** A stage that makes the server take the way that it needs, and changes nothing. */
export function passing(needs: Needs): Stage {
  return { name: "passing", needs: () => needs, frames: (_turn, source) => source };
}
