/** One HTTP request on its way, and what both the raw path and the turn path ask of it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CodexPlusError } from "../errors.ts";
import type { Route } from "../providers/route.ts";
import type { Head, Tap } from "../turn.ts";
import type { Front } from "./front.ts";
import type { Entry } from "./record.ts";
import { sendError } from "./reply.ts";

/** One HTTP request and its answer, with what is known of it. */
export interface Http {
  readonly front: Front;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly entry: Entry;
  readonly route: Route;
  /** Whoever wants to see it go by. */
  readonly tap: Tap | undefined;
  /** Said once: how the request ended, if otherwise than by the client's leaving or the response's completion. */
  fail(error: CodexPlusError): void;
}

/** Whether a body follows the head: its framing fields say so (RFC 9112 6.3). */
export function hasBody(request: IncomingMessage): boolean {
  const { "transfer-encoding": encoding, "content-length": length } = request.headers;
  return encoding !== undefined || (length !== undefined && Number(length) > 0);
}

export function refuse(http: Http, error: CodexPlusError): void {
  http.fail(error);
  http.entry.status = error.row.status;
  sendError(http.response, error, http.entry.id, http.tap);
}

/** What the log shows of a head. */
export function logged({ kind, thread, turn }: Head): Partial<Entry> {
  return { kind, ...(thread === "" ? {} : { thread }), ...(turn === "" ? {} : { turn }) };
}
