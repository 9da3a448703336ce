/** Plays a reply's steps onto a wire. */
import type { WireEvent } from "../events.ts";
import type { TurnEnd } from "./record.ts";
import type { Action, Step } from "./script.ts";

/** What a reply needs of a wire. Promises hold the next step back until the client takes more. */
export interface Channel {
  event(event: WireEvent): Promise<void>;
  bytes(bytes: Buffer): Promise<void>;
  binary(bytes: Buffer): Promise<void>;
  wire(bytes: Buffer): Promise<void>;
  ping(): void;
  end(): void;
  cut(): void;
  reset(): void;
  close(code: number, reason: string): void;
  /** Aborts when the client has gone. */
  readonly left: AbortSignal;
}

const BREAKS: ReadonlySet<string> = new Set(["end", "cut", "reset", "close"]);

/**
 * @param interrupted aborts when the client wants the rest no more
 * @returns how it ended; "broken" when the script broke the connection
 */
export async function play(
  steps: Iterable<Step> | AsyncIterable<Step>,
  channel: Channel,
  interrupted?: AbortSignal,
): Promise<TurnEnd> {
  const stopped = interrupted ? AbortSignal.any([channel.left, interrupted]) : channel.left;
  for await (const step of steps) {
    if (isAction(step)) await act(step, channel, stopped);
    else await channel.event(step);
    if (isAction(step) && BREAKS.has(step.do)) return "broken";
    if (channel.left.aborted) return "left";
    if (interrupted?.aborted) return "interrupted";
  }
  return "completed";
}

function isAction(step: Step): step is Action {
  return "do" in step;
}

async function act(action: Action, channel: Channel, stopped: AbortSignal): Promise<void> {
  switch (action.do) {
    case "bytes":
      return channel.bytes(action.bytes);
    case "binary":
      return channel.binary(action.bytes);
    case "wire":
      return channel.wire(action.bytes);
    case "wait":
      await Promise.race([action.until, aborted(stopped)]);
      return;
    case "silence":
      await aborted(stopped);
      return;
    case "ping":
      return channel.ping();
    case "end":
      return channel.end();
    case "cut":
      return channel.cut();
    case "reset":
      return channel.reset();
    case "close":
      return channel.close(action.code, action.reason);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
