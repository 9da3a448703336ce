/** Our errors in the shapes that Codex shows to a person (codex-wire 7). */
import type { CodexPlusError } from "../errors.ts";
import type { Wire } from "../turn.ts";
import { type Frame, makeFrame } from "./frame.ts";

/** One sentence for a person: what happened, what to do, and the request id to find it in the log. */
export function failureText(error: CodexPlusError, requestId: string): string {
  return `codex-plus: ${error.message}. ${error.row.advice} (request ${requestId})`;
}

/** The body of an HTTP error: the Responses API's error object. */
export function failureBody(error: CodexPlusError, requestId: string): Buffer {
  const { wire } = error.row;
  const message = failureText(error, requestId);
  return Buffer.from(JSON.stringify({ error: { message, type: "codex_plus_error", code: wire, param: null } }));
}

/**
 * The end of a stream that had begun, or of a WebSocket turn. Codex shows only the message. It tries again unless the
 * code is one of its final ones, so what a retry cannot mend is given as `invalid_prompt`.
 */
export function failureFrame(wire: Wire, error: CodexPlusError, requestId: string): Frame {
  const passing = error.row.status >= 500;
  return makeFrame(wire, {
    type: "response.failed",
    response: {
      id: "",
      status: "failed",
      error: { code: passing ? error.row.wire : "invalid_prompt", message: failureText(error, requestId) },
    },
  });
}
