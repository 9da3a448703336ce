/**
 * Builders of the backend's stream events, as plain objects that serve both wires and any playbook. Shapes: what the
 * real backend sends, cut to the fields that clients read.
 */

import type { WireEvent } from "../protocol/frame.ts";

export type { WireEvent } from "../protocol/frame.ts";

/** One item of a request's input or a response's output. */
export interface Item {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Token counts of a response. */
export interface Usage {
  readonly input: number;
  readonly cached?: number;
  readonly output: number;
  readonly reasoning?: number;
}

/** The window of a usage limit; `reset` in seconds since 1970. */
export interface LimitWindow {
  readonly usedPercent: number;
  readonly windowMinutes: number;
  readonly resetAt: number;
}

const DEFAULT_USAGE: Usage = { input: 120, output: 12 };

/** Output items, whole. */
export const item = {
  text: (id: string, text: string): Item => ({
    type: "message",
    id,
    role: "assistant",
    content: [{ type: "output_text", text, annotations: [] }],
  }),
  reasoning: (id: string, summary: string, encrypted = "opaque-reasoning"): Item => ({
    type: "reasoning",
    id,
    summary: [{ type: "summary_text", text: summary }],
    encrypted_content: encrypted,
  }),
  /** A function call (classic models, MCP tools); `input` becomes its JSON arguments. */
  call: (callId: string, name: string, input: object, id = `fc_${callId}`): Item => ({
    type: "function_call",
    id,
    call_id: callId,
    name,
    arguments: JSON.stringify(input),
    status: "completed",
  }),
  /** A call of the code-mode tool `exec`, whose input is a program. */
  program: (callId: string, code: string, id = `ctc_${callId}`): Item => ({
    type: "custom_tool_call",
    id,
    call_id: callId,
    name: "exec",
    namespace: "functions",
    status: "completed",
    input: code,
  }),
  compaction: (id: string, encrypted = "opaque-summary"): Item => ({
    type: "compaction",
    id,
    encrypted_content: encrypted,
  }),
};

/** Events, one object each. */
export const ev = {
  created: (id: string): WireEvent => ({ type: "response.created", response: response(id, "in_progress") }),
  added: (item: Item, index = 0): WireEvent => ({ type: "response.output_item.added", output_index: index, item }),
  /** The only carrier of results: what stands in no `output_item.done` did not happen. */
  done: (item: Item, index = 0): WireEvent => ({ type: "response.output_item.done", output_index: index, item }),
  delta: (itemId: string, delta: string, index = 0): WireEvent => ({
    type: "response.output_text.delta",
    item_id: itemId,
    output_index: index,
    content_index: 0,
    delta,
  }),
  text: (id: string, text: string, index = 0): WireEvent => ev.done(item.text(id, text), index),
  call: (callId: string, name: string, input: object = {}, index = 0): WireEvent =>
    ev.done(item.call(callId, name, input), index),
  program: (callId: string, code: string, index = 0): WireEvent => ev.done(item.program(callId, code), index),
  reasoning: (id: string, summary: string, index = 0): WireEvent => ev.done(item.reasoning(id, summary), index),
  completed: (id: string, used: Usage = DEFAULT_USAGE, output: readonly Item[] = []): WireEvent => ({
    type: "response.completed",
    response: { ...response(id, "completed", output), usage: usage(used) },
  }),
  failed: (id: string, code: string, message: string): WireEvent => ({
    type: "response.failed",
    response: { ...response(id, "failed"), error: { code, message } },
  }),
  incomplete: (id: string, reason: string): WireEvent => ({
    type: "response.incomplete",
    response: { ...response(id, "incomplete"), incomplete_details: { reason } },
  }),
  /** What HTTP says in response headers, said inside a WebSocket stream. */
  metadata: (headers: Readonly<Record<string, string>>): WireEvent => ({ type: "response.metadata", headers }),
  rateLimits: (primary: LimitWindow, secondary?: LimitWindow): WireEvent => ({
    type: "codex.rate_limits",
    plan_type: "plus",
    rate_limits: {
      allowed: true,
      limit_reached: false,
      primary: limitWindow(primary),
      secondary: secondary ? limitWindow(secondary) : null,
    },
  }),
  keepalive: (): WireEvent => ({ type: "codex.keepalive" }),
  /** A WebSocket error frame. Without a status Codex would ignore it, so it always has one. */
  error: (status: number, error: object, headers?: Readonly<Record<string, string>>): WireEvent => ({
    type: "error",
    status,
    error,
    ...(headers && { headers }),
  }),
};

/** A message as a model writes it: announced, word by word, then whole. */
export function streamedText(id: string, text: string, index = 0): WireEvent[] {
  const at = { item_id: id, output_index: index, content_index: 0 };
  const part = (written: string) => ({ type: "output_text", text: written, annotations: [] });
  const words = text.match(/\s*\S+\s*$|\s*\S+/g) ?? [text];
  return [
    ev.added({ type: "message", id, role: "assistant", status: "in_progress", content: [] }, index),
    { type: "response.content_part.added", ...at, part: part("") },
    ...words.map((word) => ev.delta(id, word, index)),
    { type: "response.output_text.done", ...at, text },
    { type: "response.content_part.done", ...at, part: part(text) },
    ev.text(id, text, index),
  ];
}

function response(id: string, status: string, output: readonly Item[] = []): object {
  return { id, object: "response", created_at: 1_795_000_000, status, output };
}

function usage({ input, cached = 0, output, reasoning = 0 }: Usage): object {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

function limitWindow({ usedPercent, windowMinutes, resetAt }: LimitWindow): object {
  return { used_percent: usedPercent, window_minutes: windowMinutes, reset_at: resetAt };
}
