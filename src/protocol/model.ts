/**
 * The model-rerouting trap (codex-wire 8): where the answering model differs from the one Codex asked for, it warns that
 * the account was flagged. So when a stage changed the model, every place that names it is set back to what was asked.
 */
import type { RawHeaders } from "../contracts.ts";
import type { Wire } from "../turn.ts";
import { type Frame, makeFrame } from "./frame.ts";
import { header, replaced } from "./headers.ts";

const FIELD = "openai-model";
/** The events that carry the response object; deltas, which are most events, are not even parsed. */
const WITH_RESPONSE = new Set(
  ["created", "in_progress", "completed", "failed", "incomplete"].map((end) => `response.${end}`),
);

/** The response's own fields with the asked-for model. */
export function relabelHeaders(headers: RawHeaders, asked: string): RawHeaders {
  return header(headers, FIELD) === undefined ? headers : replaced(headers, FIELD, asked);
}

/** The stream with the asked-for model in the header copies that `response.created` and `response.metadata` carry. */
export async function* relabelFrames(frames: AsyncIterable<Frame>, wire: Wire, asked: string): AsyncGenerator<Frame> {
  for await (const frame of frames) yield relabel(frame, wire, asked);
}

function relabel(frame: Frame, wire: Wire, asked: string): Frame {
  if (frame.type === "response.metadata") {
    const event = frame.json();
    const headers = event && withModel(event.headers, asked);
    return event && headers ? makeFrame(wire, { ...event, headers }) : frame;
  }
  if (!WITH_RESPONSE.has(frame.type)) return frame;
  const event = frame.json();
  const response = event?.response;
  if (event === undefined || !isRecord(response)) return frame;
  const headers = withModel(response.headers, asked);
  const named = typeof response.model === "string";
  if (headers === undefined && !named) return frame;
  const changed = { ...response, ...(named ? { model: asked } : {}), ...(headers ? { headers } : {}) };
  return makeFrame(wire, { ...event, response: changed });
}

function withModel(headers: unknown, asked: string): Record<string, unknown> | undefined {
  if (!isRecord(headers)) return undefined;
  const name = Object.keys(headers).find((key) => key.toLowerCase() === FIELD);
  return name === undefined ? undefined : { ...headers, [name]: asked };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
