/** The answers of several legs as the one response that the client reads: one beginning, one end, places that go on. */
import { type Frame, makeFrame, TERMINAL, type WireEvent } from "../../protocol/frame.ts";
import type { Item } from "../../protocol/request.ts";
import type { Wire } from "../../turn.ts";
import type { Answered } from "./next.ts";

/** The events that only begin a response: a second one is no news. On WebSocket it names what can be interrupted. */
const BEGINNINGS = new Set(["response.created", "response.in_progress"]);

/** Behind which something of ours may be put: their numbers are noted, those of the many between are not. */
const NUMBERED = /^response\.(created|in_progress|metadata|output_item\.done|completed|incomplete|failed)$/;

export class Joined {
  readonly #wire: Wire;
  /** The items of the leg under way. */
  #output: Item[] = [];
  #id = "";
  /** The items of the legs before, and of those that were put in. */
  #before: Item[] = [];
  /** How far the places and numbers of this leg's events are moved. */
  #places = 0;
  #numbers = 0;
  #lastNumber = -1;
  #first = true;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** What the leg under way has said so far. */
  get answered(): Answered {
    return { id: this.#id, output: this.#output };
  }

  /** Learns of an event that may not be passed on: the end of a leg that another follows. */
  see(frame: Frame): void {
    if (frame.type === "response.created" || TERMINAL.has(frame.type)) this.#noteId(frame.json());
  }

  /** An event of the leg under way, as the client is to see it; undefined where it is not to. */
  pass(frame: Frame): Frame | undefined {
    this.see(frame);
    if (!this.#first && BEGINNINGS.has(frame.type)) {
      return this.#wire === "ws" && frame.type === "response.created" ? frame : undefined;
    }
    if (frame.type === "response.output_item.done") this.#noteItem(frame.json());
    return this.#moved(frame);
  }

  /** A whole item of ours, as events at the place where the stream stands. */
  insert(item: Item): Frame[] {
    const place = { output_index: this.#places + this.#output.length };
    this.#before.push(item);
    this.#places += 1;
    return [
      { type: "response.output_item.added", ...place, item },
      { type: "response.output_item.done", ...place, item },
    ].map((event) => this.#numbered(event));
  }

  /** The leg under way has ended, and another follows. */
  next(): void {
    this.#before.push(...this.#output);
    this.#places += this.#output.length;
    this.#output = [];
    this.#numbers = this.#lastNumber + 1;
    this.#first = false;
  }

  #moved(frame: Frame): Frame {
    if (this.#places === 0 && this.#numbers === 0) {
      if (NUMBERED.test(frame.type)) this.#noteNumber(frame.json());
      return frame;
    }
    const event = frame.json();
    if (event === undefined) return frame;
    const { output_index: place, sequence_number: number } = event;
    const moved = {
      ...event,
      ...(typeof place === "number" ? { output_index: place + this.#places } : {}),
      ...(typeof number === "number" ? { sequence_number: number + this.#numbers } : {}),
      ...(TERMINAL.has(event.type) ? this.#whole(event) : {}),
    };
    this.#noteNumber(moved);
    return makeFrame(this.#wire, moved);
  }

  /** The end names all items, where it names any: clients other than Codex read them there. */
  #whole({ response }: WireEvent): object {
    if (typeof response !== "object" || response === null || !("output" in response)) return {};
    const { output } = response;
    if (!Array.isArray(output) || output.length === 0) return {};
    return { response: { ...response, output: [...this.#before, ...output] } };
  }

  #numbered(event: WireEvent): Frame {
    if (this.#lastNumber < 0) return makeFrame(this.#wire, event);
    this.#numbers += 1;
    this.#lastNumber += 1;
    return makeFrame(this.#wire, { ...event, sequence_number: this.#lastNumber });
  }

  #noteItem(event: WireEvent | undefined): void {
    if (typeof event?.item === "object" && event.item !== null) this.#output.push(event.item as Item);
  }

  #noteId(event: WireEvent | undefined): void {
    const response = event?.response;
    if (typeof response !== "object" || response === null || !("id" in response)) return;
    if (typeof response.id === "string" && response.id !== "") this.#id = response.id;
  }

  #noteNumber(event: WireEvent | undefined): void {
    if (typeof event?.sequence_number === "number") this.#lastNumber = event.sequence_number;
  }
}
