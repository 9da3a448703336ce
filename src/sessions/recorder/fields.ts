/** The header fields that a recorder may see: those that tell of client, conversation and limits, and nothing that logs in. */
import type { RawHeaders } from "../../contracts.ts";
import type { Head } from "../../turn.ts";

const METADATA = "x-codex-turn-metadata";
/** Of a request. */
const ASKED: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-type",
  "user-agent",
  "originator",
  "version",
  "thread-id",
  "session-id",
  "session_id",
  "conversation_id",
  "x-openai-subagent",
  "x-codex-parent-thread-id",
  "x-codex-window-id",
  METADATA,
]);
/** Of an answer. */
const ANSWERED: ReadonlySet<string> = new Set(["content-type", "content-encoding", "x-request-id", "openai-model"]);
/** Limits of any family (codex-wire 8). */
const LIMIT = /^x-(.+-)?(primary|secondary)-(used-percent|window-minutes|reset-at)$/;

/**
 * The fields of a request.
 * @param whole whether its body is there too. A socket's fields are those of its first request, so where a later one's body
 *   is missing only its conversation is told.
 */
export function requestFields({ wire, headers, thread }: Head, whole: boolean): string[] {
  const kept = chosen(
    headers,
    (name) => ASKED.has(name) && (whole || wire === "sse" || !/^x-codex|thread|session/.test(name)),
  );
  return whole || wire === "sse" || thread === "" ? kept : [...kept, "thread-id", thread];
}

export function answerFields(headers: RawHeaders): string[] {
  return chosen(headers, (name) => ANSWERED.has(name) || LIMIT.test(name));
}

function chosen(headers: RawHeaders, wanted: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]?.toLowerCase() ?? "";
    if (wanted(name)) kept.push(name, headers[i + 1] ?? "");
  }
  return kept;
}
