/**
 * A line of a Codex rollout file. The format is that of the files which the releases 0.29 to 0.169 wrote here, and of
 * `codex-rs/rollout` in Codex's source: `{timestamp, ordinal?, type, payload}`; up to 0.3x the payload alone, behind a first
 * line with the thread's id and time.
 */
import { type Fields, fieldsOf, numberOf, textOf } from "../recorder/digest/values.ts";

export interface RolloutLine {
  readonly type: string;
  /** ms since 1970; undefined where the line does not tell. */
  readonly at: number | undefined;
  /** Its place among the thread's lines, a fork's counting those of its parent. */
  readonly ordinal: number | undefined;
  readonly payload: Fields;
}

/** Events that are used; the others say again what items say, or what only a screen shows. */
const EVENTS: ReadonlySet<string> = new Set([
  "task_started",
  "turn_started",
  "task_complete",
  "turn_complete",
  "turn_aborted",
  "token_count",
  "error",
  "thread_name_updated",
]);
const TYPES: ReadonlySet<string> = new Set([
  "session_meta",
  "turn_context",
  "response_item",
  "event_msg",
  "compacted",
  "token_usage_record",
]);
/** Codex writes the fields in this order; where it does not, the line is read whole before it is passed over. */
const HEAD = /^\{"timestamp":"[^"]*",(?:"ordinal":\d+,)?"type":"(\w+)","payload":\{(?:"type":"(\w+)")?/;
const HEAD_LENGTH = 200;

/**
 * @returns undefined for a line that tells nothing of a conversation
 * @throws SyntaxError where it is not JSON
 */
export function rolloutLine(text: string): RolloutLine | undefined {
  const [, type, event] = HEAD.exec(text.slice(0, HEAD_LENGTH)) ?? [];
  if (type !== undefined && !isUsed(type, event)) return undefined;
  const line = fieldsOf(JSON.parse(text));
  const payload = fieldsOf(line.payload);
  if (line.payload === undefined) return bareLine(line);
  if (!isUsed(String(line.type), payload.type)) return undefined;
  return { type: String(line.type), at: momentOf(line.timestamp), ordinal: numberOf(line.ordinal), payload };
}

function isUsed(type: string, event: unknown): boolean {
  return TYPES.has(type) && (type !== "event_msg" || event === undefined || EVENTS.has(String(event)));
}

function bareLine(line: Fields): RolloutLine | undefined {
  if (line.record_type !== undefined) return undefined;
  const type = textOf(line.type) === undefined && textOf(line.id) !== undefined ? "session_meta" : "response_item";
  return { type, at: momentOf(line.timestamp), ordinal: undefined, payload: line };
}

/** ms since 1970 of a time as RFC 3339 writes it. */
export function momentOf(value: unknown): number | undefined {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
