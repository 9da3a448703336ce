/**
 * Codex gives a stream up after 300 s without an event; comments and pings do not count (codex-wire 9). While the wait is
 * ours (a hook, a tool) it is told that we live. While it is upstream's, it is not: a dead upstream must show. The `openai` SDK
 * throws at events that it does not know, and at any before the first: it gets a comment, or over WebSocket the API's own.
 */
import { type Frame, makeFrame } from "../protocol/frame.ts";
import { isCodex } from "../protocol/head.ts";
import type { Head } from "../turn.ts";

const COMMENT: Frame = { type: "", raw: Buffer.from(": still working\n\n"), json: () => undefined };

export interface KeepAlive {
  /** Something was sent: the silence begins anew. */
  refresh(): void;
  end(): void;
}

export function keepAlive(
  head: Head,
  ms: number,
  upstreamAwaited: () => boolean,
  send: (frame: Frame) => void,
): KeepAlive {
  const { wire } = head;
  const alive = isCodex(head)
    ? makeFrame(wire, { type: "codex.keepalive" })
    : wire === "ws"
      ? makeFrame(wire, { type: "keepalive" })
      : COMMENT;
  const timer = setInterval(() => {
    if (!upstreamAwaited()) send(alive);
  }, ms);
  timer.unref();
  return { refresh: () => timer.refresh(), end: () => clearInterval(timer) };
}
