/** One answer of upstream some of whose calls are taken out: what of it the client sees, and what only upstream knows. */
import { type Frame, makeFrame, TERMINAL, type WireEvent } from "../../protocol/frame.ts";
import type { Item } from "../../protocol/request.ts";
import type { Wire } from "../../turn.ts";
import { type Call, isCall } from "./call.ts";
import { DONE, itemOf, itemsOf, responseOf } from "./events.ts";
import { owedWith } from "./unseen.ts";

/** An item as upstream has said it, and as the client has got it: not at all where it was taken out. */
interface Said {
  readonly item: Item;
  readonly shown: Item | undefined;
}

/** A call that the client does not see, and what upstream is told in answer to it. */
export interface Taken {
  readonly call: Call;
  answers: readonly Item[];
}

export class Leg {
  readonly said: Said[] = [];
  readonly taken: Taken[] = [];
  id = "";
  readonly #wire: Wire;
  readonly #gaps: number[] = [];
  readonly #made = new Map<string, Call>();

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Upstream's own items, in order. */
  get output(): readonly Item[] {
    return this.said.map(({ item }) => item);
  }

  /** The last item that the client has got. */
  get last(): Item | undefined {
    return this.said.findLast(({ shown }) => shown !== undefined)?.shown;
  }

  /** The calls that the client will make. */
  get calls(): readonly Call[] {
    return this.said.flatMap(({ shown }) => (shown !== undefined && isCall(shown) ? [shown] : []));
  }

  /** What answers the calls that were taken out. */
  get answers(): readonly Item[] {
    return this.taken.flatMap(answersTo);
  }

  /** A call that the client gets. @param made as it gets it */
  give(call: Call, made: Call): void {
    if (made !== call) this.#made.set(call.call_id, made);
    this.said.push({ item: call, shown: made });
  }

  /** A call that the client does not get. */
  take(call: Call, answers: readonly Item[]): Taken {
    const taken = { call, answers };
    this.said.push({ item: call, shown: undefined });
    this.taken.push(taken);
    return taken;
  }

  /** Nothing will stand at this place of the answer. */
  gap(place: string): void {
    this.#gaps.push(Number(place));
  }

  /** Takes note of an event that the client sees. */
  see(frame: Frame): void {
    if (frame.type === "response.created" || TERMINAL.has(frame.type)) {
      const response = responseOf(frame.json());
      if (response !== undefined && "id" in response) this.id = String(response.id ?? "");
    } else if (frame.type === DONE) {
      const item = itemOf(frame.json());
      if (item !== undefined) this.said.push({ item, shown: item });
    }
  }

  /** An event with what was taken out missing: places close up, and the end names what the client knows of. */
  closed(frame: Frame): Frame {
    const nothing = this.#gaps.length === 0 && this.#made.size === 0 && this.taken.length === 0;
    const event = nothing ? undefined : frame.json();
    if (event === undefined) return frame;
    const { output_index: at } = event;
    if (typeof at === "number") {
      const gaps = this.#gaps.filter((gap) => gap < at).length;
      return gaps === 0 ? frame : makeFrame(this.#wire, { ...event, output_index: at - gaps });
    }
    return TERMINAL.has(event.type) ? this.#ended(frame, event) : frame;
  }

  #ended(frame: Frame, event: WireEvent): Frame {
    const items = itemsOf(event);
    if (items.length === 0) return frame;
    const gone = new Set(this.taken.map(({ call }) => call.call_id));
    const output = items
      .filter((item) => !(isCall(item) && gone.has(item.call_id)))
      .map((item) => (isCall(item) ? (this.#made.get(item.call_id) ?? item) : item));
    return makeFrame(this.#wire, { ...event, response: { ...responseOf(event), output } });
  }
}

/** What upstream is told of a call that was taken out, and of those that stages further in have taken out beside it. */
export function answersTo({ call, answers }: Taken): readonly Item[] {
  return [...answers, ...owedWith(call)];
}
