/**
 * Codex gives a stream up after 300 s without an event; comments and pings do not count (codex-wire 9). While the wait is
 * ours (a hook, an approval) it is told that we live. While it is upstream's, it is not: a dead upstream must show.
 */
import { type Frame, makeFrame } from "../protocol/frame.ts";
import type { Wire } from "../turn.ts";

export interface KeepAlive {
  /** Something was sent: the silence begins anew. */
  refresh(): void;
  end(): void;
}

export function keepAlive(
  wire: Wire,
  ms: number,
  upstreamAwaited: () => boolean,
  send: (frame: Frame) => void,
): KeepAlive {
  const timer = setInterval(() => {
    if (!upstreamAwaited()) send(makeFrame(wire, { type: "codex.keepalive" }));
  }, ms);
  timer.unref();
  return { refresh: () => timer.refresh(), end: () => clearInterval(timer) };
}
