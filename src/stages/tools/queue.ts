/**
 * The events of one answer while calls in it are judged. A call's own events wait, and with them whatever was announced
 * behind it, since its place is only known then (a denied call leaves none), the client keeps items in the order in which
 * it gets them, and so they must go up again. Everything else passes at once.
 */

import type { Judgement } from "../../hooks/tools/judgement.ts";
import { type Frame, TERMINAL } from "../../protocol/frame.ts";
import type { Item } from "../../protocol/request.ts";
import { type Call, isCall } from "../legs/call.ts";
import { ADDED, DONE, itemOf, itemsOf, placeOf } from "../legs/events.ts";
import { Held } from "./held.ts";

export interface Gate {
  /** Whether an item is a call that has to be judged. */
  gates(item: Item): item is Call;
  /** Judges a call that is whole. Never throws. */
  judge(call: Call): Promise<Judgement>;
}

export class Queue {
  readonly #gate: Gate;
  #waiting: (Frame | Held)[] = [];
  /** Calls whose arguments are not whole. */
  readonly #open = new Map<string, Held>();
  /** Places of items that the client knows of. */
  readonly #shown = new Set<string>();
  /** The ids of calls that were whole. */
  readonly #whole = new Set<unknown>();
  #ended = false;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** What everything waits for; undefined where that is upstream. */
  get judging(): Promise<void> | undefined {
    const [first] = this.#waiting;
    return first instanceof Held && !first.settled ? first.judging : undefined;
  }

  /** An event of upstream. It comes back where it may pass at once. */
  take(frame: Frame): Frame | undefined {
    const { type } = frame;
    if (type === ADDED || type === DONE) return this.#item(frame, type === DONE);
    if (TERMINAL.has(type)) this.#end(frame);
    if (this.empty) return frame;
    if (this.#ended) return this.#wait(frame);
    const place = placeOf(frame.json());
    const held = place === undefined ? undefined : this.#open.get(place);
    if (held !== undefined) {
      held.frames.push(frame);
      return undefined;
    }
    return place === undefined || this.#shown.has(place) ? frame : this.#wait(frame);
  }

  /** What waits for nothing any more, in order. */
  *ready(): Generator<Frame | Held> {
    let announced = false;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (first instanceof Held && !first.settled) {
        if (announced) yield* this.#announced();
        return;
      }
      this.#waiting.shift();
      if (!(first instanceof Held) && first.type === ADDED) {
        this.#shown.add(placeOf(first.json()) ?? "");
        announced = true;
      }
      yield first;
    }
  }

  /** Nothing more comes of upstream: what is not whole never will be. */
  end(): void {
    for (const held of this.#open.values()) held.broken = true;
    this.#open.clear();
  }

  /** What stands behind a call, but belongs to items that the client has just been told of. */
  #announced(): readonly Frame[] {
    const passes = (unit: Frame | Held): unit is Frame =>
      !(unit instanceof Held) && this.#shown.has(placeOf(unit.json()) ?? "");
    const free = this.#waiting.filter(passes);
    if (free.length > 0) this.#waiting = this.#waiting.filter((unit) => !passes(unit));
    return free;
  }

  #item(frame: Frame, done: boolean): Frame | undefined {
    const event = frame.json();
    const place = placeOf(event) ?? "";
    const item = itemOf(event);
    let held = this.#open.get(place);
    if (held === undefined && item !== undefined && this.#gate.gates(item)) held = this.#hold(place);
    if (held !== undefined) {
      held.frames.push(frame);
      if (done && item !== undefined && isCall(item)) this.#judge(held, item);
      return undefined;
    }
    if (!this.empty && !this.#shown.has(place)) return this.#wait(frame);
    this.#shown.add(place);
    return frame;
  }

  /** Some clients read their calls in the end of an answer, so what stands only there is judged too. */
  #end(frame: Frame): void {
    for (const [index, item] of itemsOf(frame.json()).entries()) {
      if (!this.#gate.gates(item) || this.#whole.has(item.call_id)) continue;
      const place = String(index);
      this.#judge(this.#open.get(place) ?? this.#hold(place), item);
    }
    this.end();
    this.#ended = true;
  }

  #wait(frame: Frame): undefined {
    this.#waiting.push(frame);
  }

  #hold(place: string): Held {
    const held = new Held(place);
    this.#open.set(place, held);
    this.#waiting.push(held);
    return held;
  }

  #judge(held: Held, call: Call): void {
    this.#open.delete(held.place);
    this.#whole.add(call.call_id);
    held.judge(call, this.#gate.judge);
  }
}
