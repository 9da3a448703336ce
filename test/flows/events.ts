/** Recorded events, and the ways a test sends and reads them. */
import { makeFrame, type WireEvent } from "../../src/protocol/frame.ts";

/** A short answer of the backend, as Codex 0.169.0 was sent it. */
export const ANSWER: readonly WireEvent[] = [
  { type: "response.created", response: { id: "resp_1" } },
  {
    type: "response.output_item.added",
    output_index: 0,
    item: { type: "message", id: "msg_1", role: "assistant", content: [] },
  },
  { type: "response.output_text.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta: "Grüße ✓" },
  {
    type: "response.output_item.done",
    output_index: 0,
    item: { type: "message", id: "msg_1", role: "assistant", content: [{ type: "output_text", text: "Grüße ✓" }] },
  },
  {
    type: "response.completed",
    response: { id: "resp_1", usage: { input_tokens: 10, output_tokens: 3, total_tokens: 13 } },
  },
];

export const ANSWER_SSE = ANSWER.map((event) => makeFrame("sse", event).raw);
export const ANSWER_WS = ANSWER.map((event) => makeFrame("ws", event).raw);

/** Each part in a chunk of its own, with the last chunk. */
export function chunked(parts: readonly Buffer[]): Buffer {
  const framed = parts.flatMap((part) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]);
  return Buffer.concat([...framed, Buffer.from("0\r\n\r\n")]);
}

export const SSE_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
