/** The answers of several legs as the one response that the client reads: one beginning, one end, places that go on. */
import { type Frame, makeFrame, TERMINAL, type WireEvent } from "../../protocol/frame.ts";
import type { Item } from "../../protocol/request.ts";
import type { Wire } from "../../turn.ts";
import { ADDED, DONE, itemOf, itemsOf, responseOf } from "./events.ts";
import type { Answered } from "./next.ts";
import { added } from "./usage.ts";

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
  readonly #codex: boolean;
  /** Whether upstream names its items once more at the end. */
  #names = false;
  /** Tokens of the leg under way, and of those before as far as the client is to be told of them. */
  #usage: unknown;
  #used: unknown;

  /**
   * @param codex whether the client is Codex: it interrupts a leg by its own id, and reads from the tokens of the last one
   * how full its context is. To others it is one response, which has cost what all its legs have.
   */
  constructor(wire: Wire, codex = true) {
    this.#wire = wire;
    this.#codex = codex;
  }

  /** What the leg under way has said so far. */
  get answered(): Answered {
    return { id: this.#id, output: this.#output };
  }

  /** Learns of an event that may not be passed on: the end of a leg that another follows. */
  see(frame: Frame): void {
    if (frame.type !== "response.created" && !TERMINAL.has(frame.type)) return;
    const response = responseOf(frame.json());
    if (typeof response?.id === "string" && response.id !== "") this.#id = response.id;
    this.#usage = response?.usage;
    this.#names ||= itemsOf(frame.json()).length > 0;
  }

  /** An event of the leg under way, as the client is to see it; undefined where it is not to. */
  pass(frame: Frame): Frame | undefined {
    this.see(frame);
    if (!this.#first && BEGINNINGS.has(frame.type)) {
      if (this.#wire === "ws" && this.#codex && frame.type === "response.created") return frame;
      this.drop(frame);
      return undefined;
    }
    if (frame.type === DONE) this.#noteItem(frame.json());
    return this.#moved(frame);
  }

  /** An event that the client is not to see, nor miss. */
  drop(frame: Frame): void {
    if (typeof frame.json()?.sequence_number === "number") this.#numbers -= 1;
  }

  /** A whole item of ours, as events at the place where the stream stands. */
  insert(item: Item): Frame[] {
    const place = { output_index: this.#places + this.#output.length };
    this.#before.push(item);
    this.#places += 1;
    return [
      { type: ADDED, ...place, item },
      { type: DONE, ...place, item },
    ].map((event) => this.#numbered(event));
  }

  /** The leg under way has ended, and another follows. */
  next(): void {
    this.#before.push(...this.#output);
    this.#places += this.#output.length;
    this.#output = [];
    this.#numbers = this.#lastNumber + 1;
    this.#first = false;
    if (!this.#codex) this.#used = added(this.#used, this.#usage);
  }

  #moved(frame: Frame): Frame {
    const costs = this.#used !== undefined && TERMINAL.has(frame.type);
    if (this.#places === 0 && this.#numbers === 0 && !costs) {
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
  #whole(event: WireEvent): object {
    const response = responseOf(event);
    if (response === undefined) return {};
    const { output, usage } = response;
    const all = Array.isArray(output) && this.#names ? { output: [...this.#before, ...output] } : {};
    const used = this.#used === undefined ? {} : { usage: added(this.#used, usage) };
    return { response: { ...response, ...all, ...used } };
  }

  #numbered(event: WireEvent): Frame {
    if (this.#lastNumber < 0) return makeFrame(this.#wire, event);
    this.#numbers += 1;
    this.#lastNumber += 1;
    return makeFrame(this.#wire, { ...event, sequence_number: this.#lastNumber });
  }

  #noteItem(event: WireEvent | undefined): void {
    const item = itemOf(event);
    if (item !== undefined) this.#output.push(item);
  }

  #noteNumber(event: WireEvent | undefined): void {
    if (typeof event?.sequence_number === "number") this.#lastNumber = event.sequence_number;
  }
}
