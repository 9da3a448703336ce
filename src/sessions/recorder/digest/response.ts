/** What a response object, or an error in any of its shapes, tells of how a request went (codex-wire 5.1, 7). */
import type { Leg, LegState, Usage } from "../../ledger.ts";
import { type Fields, fieldsOf, numberOf, parsedFields, textOf } from "./values.ts";

export type Failure = NonNullable<Leg["error"]>;

/** What is kept of a message that is no JSON. */
const MOST_TEXT = 500;

export function usageOf(value: unknown): Usage | undefined {
  const usage = fieldsOf(value);
  const input = countOf(usage.input_tokens);
  const output = countOf(usage.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  return {
    input: input ?? 0,
    cached: countOf(fieldsOf(usage.input_tokens_details).cached_tokens) ?? 0,
    output: output ?? 0,
    reasoning: countOf(fieldsOf(usage.output_tokens_details).reasoning_tokens) ?? 0,
  };
}

/** A whole number: the store takes no other, and a leg is not to be lost for what a gateway makes of its tokens. */
function countOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number === undefined ? undefined : Math.min(Math.max(0, Math.round(number)), Number.MAX_SAFE_INTEGER);
}

/** @param type of the terminal event; an answer that came as one body says the same by its status */
export function stateOf(type: string, response: Fields): LegState {
  const { status } = response;
  if (type === "response.failed" || status === "failed") return "failed";
  if (status === "cancelled") return "interrupted";
  if (type !== "response.incomplete" && status !== "incomplete") return "completed";
  return fieldsOf(response.incomplete_details).reason === "interrupted" ? "interrupted" : "incomplete";
}

/** The error object of a response or an event. */
export function failureOf(error: unknown): Failure {
  const { code, type, message } = fieldsOf(error);
  return { code: textOf(code) ?? textOf(type) ?? "unknown", message: textOf(message) ?? "" };
}

/** The body of an HTTP error: the API's error object, the backend's `detail`, or a page of somebody between. */
export function failureIn(body: string, status: number): Failure {
  const code = `http_${status}`;
  const { error, detail } = parsedFields(body);
  const told = fieldsOf(error ?? detail);
  const message = textOf(told.message) ?? textOf(error) ?? textOf(detail);
  if (message !== undefined) return { code: textOf(told.code) ?? textOf(told.type) ?? code, message };
  const plain = body.trim();
  return { code, message: plain.startsWith("<") ? "" : plain.slice(0, MOST_TEXT) };
}
