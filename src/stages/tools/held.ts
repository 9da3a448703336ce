/** A call on its way to the client, and all events that tell of it, until hooks have judged it. */
import type { Judgement } from "../../hooks/tools/judgement.ts";
import { type Frame, makeFrame } from "../../protocol/frame.ts";
import type { Wire } from "../../turn.ts";
import type { Call } from "../legs/call.ts";
import { withInput } from "./call.ts";

export class Held {
  /** Its place in the answer. */
  readonly place: string;
  readonly frames: Frame[] = [];
  /** The call, once it is whole. */
  call: Call | undefined;
  /** Settles when it has been judged. */
  judging: Promise<void> | undefined;
  judgement: Judgement | undefined;
  /** Its rest will not come: it is no call, and nothing of it can be run. */
  broken = false;

  constructor(place: string) {
    this.place = place;
  }

  get settled(): boolean {
    return this.judgement !== undefined || this.broken;
  }

  /** Its arguments are whole. */
  judge(call: Call, judge: (call: Call) => Promise<Judgement>): void {
    this.call = call;
    this.judging = judge(call)
      .catch((error: unknown) => unjudged(error))
      .then((judgement) => {
        this.judgement = judgement;
      });
  }

  /** The call as the client is to make it. */
  get made(): Call | undefined {
    const input = this.judgement?.input;
    return this.call === undefined || input === undefined ? this.call : withInput(this.call, input);
  }

  /** The events as the client is to see them: as they came where hooks have changed nothing. */
  *shown(wire: Wire): Generator<Frame> {
    const { made } = this;
    if (made === this.call || made === undefined) {
      yield* this.frames;
      return;
    }
    const text = made.arguments ?? made.input;
    let told = false;
    for (const frame of this.frames) {
      const event = frame.json();
      if (event === undefined) yield frame;
      else if (event.type.endsWith(".delta")) {
        if (!told) yield makeFrame(wire, { ...event, delta: text });
        told = true;
      } else if (event.type === "response.output_item.done") yield makeFrame(wire, { ...event, item: made });
      else if (event.type === "response.output_item.added")
        yield makeFrame(wire, { ...event, item: begun(event.item, made) });
      else if (typeof event.arguments === "string") yield makeFrame(wire, { ...event, arguments: text });
      else if (typeof event.input === "string") yield makeFrame(wire, { ...event, input: text });
      else yield frame;
    }
  }
}

/** The announcement of a call, which has its input already or not yet. */
function begun(item: unknown, made: Call): object {
  const announced = typeof item === "object" && item !== null ? item : {};
  const given = ["arguments", "input", "action"].filter((field) => {
    const value: unknown = Reflect.get(announced, field);
    return value !== undefined && value !== "";
  });
  return { ...announced, ...Object.fromEntries(given.map((field) => [field, made[field]])) };
}

/** A fault of ours is no reason to let a call through that somebody wanted judged. */
function unjudged(error: unknown): Judgement {
  const why = error instanceof Error ? error.message : String(error);
  const denied = `The call could not be shown to the hooks that guard it (${why}), and was not made.`;
  return { denied, input: undefined, calls: [], context: [], messages: [], stop: undefined };
}
