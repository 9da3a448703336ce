/** The deltas since the last item was done: all that there is of the next one, if the stream ends here. */
import { readFrame, type WireEvent } from "../../../protocol/frame.ts";
import type { Item } from "../../../protocol/request.ts";
import { Growing } from "./growing.ts";
import { fieldsOf, textOf } from "./values.ts";

/** More than this are read into their text before the stream has ended. */
const MOST_BYTES = 8 * 1024 * 1024;

/** What a delta adds to: the type of its item, and the item with this text in it. */
const SHAPES: Readonly<Record<string, { readonly type: string; readonly fill: (text: string) => object }>> = {
  "response.output_text.delta": {
    type: "message",
    fill: (text) => ({ role: "assistant", content: [{ type: "output_text", text }] }),
  },
  "response.refusal.delta": {
    type: "message",
    fill: (refusal) => ({ role: "assistant", content: [{ type: "refusal", refusal }] }),
  },
  "response.reasoning_summary_text.delta": {
    type: "reasoning",
    fill: (text) => ({ summary: [{ type: "summary_text", text }] }),
  },
  "response.reasoning_text.delta": {
    type: "reasoning",
    fill: (text) => ({ content: [{ type: "reasoning_text", text }] }),
  },
  "response.function_call_arguments.delta": { type: "function_call", fill: (text) => ({ arguments: text }) },
  "response.custom_tool_call_input.delta": { type: "custom_tool_call", fill: (input) => ({ input }) },
};

/** An item under way, by its place in the answer and the kind of its deltas. */
interface Part {
  readonly place: number;
  readonly kind: string;
  text: string;
}

export class Deltas {
  readonly #events = new Growing();
  #ends: number[] = [];
  #parts = new Map<string, Part>();
  /** What `output_item.added` told, by the place in the answer. */
  #added = new Map<number, Item>();
  readonly #text: (raw: Buffer) => string | undefined;

  /** @param text finds the JSON text in an event's bytes */
  constructor(text: (raw: Buffer) => string | undefined) {
    this.#text = text;
  }

  /** An event that is a delta, unread. */
  push(bytes: Buffer, start: number, end: number): void {
    this.#events.push(bytes, start, end);
    this.#ends.push(this.#events.length);
    if (this.#events.length > MOST_BYTES) this.#read();
  }

  /** `response.output_item.added` */
  added({ item, output_index: place }: WireEvent): void {
    if (typeof place === "number") this.#added.set(place, fieldsOf(item) as Item);
  }

  /** An item is done: what was told of it piece by piece is known. */
  done(): void {
    this.#forget();
    this.#parts = new Map();
    this.#added = new Map();
  }

  /** The items that have begun and are not done, with what has come of them. */
  items(): Item[] {
    this.#read();
    const items = new Map<number, Item>();
    for (const { place, kind, text } of this.#parts.values()) {
      const shape = SHAPES[kind];
      if (shape === undefined) continue;
      const { status: _, ...added } = this.#added.get(place) ?? {};
      items.set(place, { ...added, ...items.get(place), type: shape.type, ...shape.fill(text) });
    }
    return [...items.values()];
  }

  #read(): void {
    let start = 0;
    for (const end of this.#ends) {
      const event = readFrame(this.#events.bytes.subarray(start, end), this.#text).json();
      start = end;
      const delta = textOf(event?.delta);
      if (event === undefined || delta === undefined) continue;
      const place = typeof event.output_index === "number" ? event.output_index : 0;
      const key = `${place} ${event.type}`;
      const part = this.#parts.get(key);
      if (part === undefined) this.#parts.set(key, { place, kind: event.type, text: delta });
      else part.text += delta;
    }
    this.#forget();
  }

  #forget(): void {
    this.#events.keepFrom(this.#events.length);
    this.#ends = [];
  }
}
