/** A local answer, shown by Codex like the model's own (codex-wire 5.3). */
import { randomBytes } from "node:crypto";
import type { Reply, Wire } from "../turn.ts";
import { type Frame, makeFrame, type WireEvent } from "./frame.ts";

/**
 * The reply to a turn that is answered here and never goes up.
 *
 * On WebSocket the response id is empty: Codex then sends its next request in full on the same socket, since upstream
 * does not know this turn. The item id must match `msg_` + letters and digits (upstream refuses others for ever after).
 * There is no `usage`: zeros would reset Codex's context meter.
 */
export function say(wire: Wire, text: string, id = newId()): Reply {
  const message = (content: readonly object[]): object => ({
    type: "message",
    id: `msg_${id}`,
    role: "assistant",
    content,
  });
  const response = wire === "ws" ? "" : `resp_${id}`;
  const place = { item_id: `msg_${id}`, output_index: 0, content_index: 0 };
  return reply(wire, [
    { type: "response.created", response: { id: response } },
    { type: "response.output_item.added", output_index: 0, item: message([]) },
    { type: "response.output_text.delta", ...place, delta: text },
    { type: "response.output_item.done", output_index: 0, item: message([{ type: "output_text", text }]) },
    { type: "response.completed", response: { id: response } },
  ]);
}

/** What `say` makes its ids of: `msg_<id>`, `resp_<id>`. */
export function newId(): string {
  return randomBytes(12).toString("hex");
}

/** A reply made of events that are all known. */
export function reply(wire: Wire, events: readonly WireEvent[]): Reply {
  return {
    status: 200,
    reason: "OK",
    headers: wire === "sse" ? ["content-type", "text/event-stream", "cache-control", "no-cache"] : [],
    frames: framesOf(events.map((event) => makeFrame(wire, event))),
  };
}

/**
 * The end of a response whose stages ended it before upstream did. The empty id makes Codex send its next WebSocket
 * request in full: upstream's chain and the client's memory differ from here on.
 */
export function earlyEnd(wire: Wire): Frame {
  return makeFrame(wire, { type: "response.completed", response: { id: "" } });
}

async function* framesOf(frames: readonly Frame[]): AsyncGenerator<Frame> {
  yield* frames;
}
