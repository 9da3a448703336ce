/** The stream as `post_output` hooks leave it: in order, each event when it has come, and always with its end. */
import type { StreamEvent } from "../../hooks/define.ts";
import { type Frame, makeFrame, TERMINAL } from "../../protocol/frame.ts";
import { earlyEnd } from "../../protocol/say.ts";
import type { Wire } from "../../turn.ts";

/** What becomes of an event. */
export interface Shown {
  /** The very event that was given, others, or none. */
  readonly events: readonly StreamEvent[];
  /** The answer ends behind them. */
  readonly end: boolean;
}

export interface Editor {
  /** Whether any hook is shown events of this type. */
  wants(type: string): boolean;
  show(event: StreamEvent): Promise<Shown>;
  /** A hook has ended the answer: upstream is not asked to go on from it. */
  ended(): void;
}

export async function* edited(wire: Wire, source: AsyncIterable<Frame>, editor: Editor): AsyncGenerator<Frame> {
  for await (const frame of source) {
    const event = frame.type !== "" && editor.wants(frame.type) ? frame.json() : undefined;
    if (event === undefined) {
      yield frame;
      continue;
    }
    const { events, end } = await editor.show(event);
    const terminal = TERMINAL.has(frame.type);
    // An end of the hook's own making would be one too many.
    for (const each of events)
      if (each !== event && !TERMINAL.has(each.type)) yield makeFrame(wire, each);
      else if (each === event && !terminal) yield frame;
    if (terminal) yield events.length === 1 && events[0]?.type === frame.type ? same(wire, frame, events[0]) : frame;
    else if (end) {
      editor.ended();
      yield earlyEnd(wire);
      return;
    }
  }
}

/** A terminal event with its fields changed; its kind and its id are upstream's to say. */
function same(wire: Wire, frame: Frame, event: StreamEvent): Frame {
  const [now, before] = [event.response, frame.json()?.response];
  if (event === frame.json() || typeof now !== "object" || typeof before !== "object") return frame;
  const id = before !== null && "id" in before ? { id: before.id } : {};
  return makeFrame(wire, { ...event, response: { ...now, ...id } });
}
