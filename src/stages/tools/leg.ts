/** One answer of upstream whose calls have been judged: what of it the client sees, and what only upstream knows. */
import { type Frame, makeFrame, TERMINAL, type WireEvent } from "../../protocol/frame.ts";
import type { Item } from "../../protocol/request.ts";
import type { Wire } from "../../turn.ts";
import { type Call, isCall, outputOf } from "./call.ts";
import type { Held } from "./held.ts";
import { itemOf, outputOf as itemsOf } from "./queue.ts";

/** An item as upstream has said it, and as the client has got it: not at all where it was a call that was denied. */
interface Said {
  readonly item: Item;
  readonly shown: Item | undefined;
}

/** A call that was denied, and what the model is told. */
export interface Denied {
  readonly call: Call;
  readonly reason: string;
  readonly context: readonly string[];
}

export class Leg {
  readonly said: Said[] = [];
  readonly denied: Denied[] = [];
  /** Why the turn is to end, where a hook wants it to. */
  stop: string | undefined;
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

  /** What answers the calls that were denied. */
  get answers(): readonly Item[] {
    return this.denied.flatMap(answersTo);
  }

  /** A call that has been judged. */
  settle({ call, made, judgement, place }: Held): void {
    if (call === undefined || judgement === undefined) return;
    const { denied: reason, context, stop } = judgement;
    this.stop ??= stop;
    if (reason === undefined) {
      if (made !== call && made !== undefined) this.#made.set(call.call_id, made);
      this.said.push({ item: call, shown: made });
      return;
    }
    this.said.push({ item: call, shown: undefined });
    this.denied.push({ call, reason, context });
    this.#gaps.push(Number(place));
  }

  /** Takes note of an event that the client sees. */
  see(frame: Frame): void {
    if (frame.type === "response.created" || TERMINAL.has(frame.type)) {
      const response = frame.json()?.response;
      if (typeof response === "object" && response !== null && "id" in response) this.id = String(response.id ?? "");
    } else if (frame.type === "response.output_item.done") {
      const item = itemOf(frame.json());
      if (item !== undefined) this.said.push({ item, shown: item });
    }
  }

  /** An event with what was denied taken out of it: places close up, and the end names what the client knows of. */
  closed(frame: Frame): Frame {
    const event = frame.json();
    if (event === undefined || (this.#gaps.length === 0 && this.#made.size === 0)) return frame;
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
    const gone = new Set(this.denied.map(({ call }) => call.call_id));
    const output = items
      .filter((item) => !(isCall(item) && gone.has(item.call_id)))
      .map((item) => (isCall(item) ? (this.#made.get(item.call_id) ?? item) : item));
    return makeFrame(this.#wire, { ...event, response: { ...(event.response as object), output } });
  }
}

/** What the model is told of a denied call. */
export function answersTo({ call, reason, context }: Denied): readonly Item[] {
  const content = context.map((text) => ({ type: "input_text", text }));
  const beside = content.length === 0 ? [] : [{ type: "message", role: "developer", content }];
  return [outputOf(call, reason), ...beside];
}
