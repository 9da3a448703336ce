/** The request of a further leg, where it says more than what the tools have answered. */
import type { Frame } from "../../protocol/frame.ts";
import { makeFrame } from "../../protocol/frame.ts";
import type { RequestBody } from "../../protocol/request.ts";
import type { Wire } from "../../turn.ts";
import { responseOf } from "../legs/events.ts";

/** Fewer the API does not take. */
const LEAST_TOKENS = 16;

/**
 * What a client forces its model to do has been done in the first leg: forced again, it would never come to an answer.
 * @param spent whether no call will be made any more
 */
export function choose(body: RequestBody, spent: boolean): void {
  const choice = body.field("tool_choice");
  const next = spent ? "none" : laterChoice(choice);
  if (next !== choice) body.edit((draft) => draft.set("tool_choice", next));
}

function laterChoice(choice: unknown): unknown {
  if (choice === "required") return "auto";
  if (typeof choice !== "object" || choice === null) return choice;
  if (!("type" in choice && choice.type === "allowed_tools")) return "auto";
  return "mode" in choice && choice.mode === "required" ? { ...choice, mode: "auto" } : choice;
}

/**
 * The tokens that a client allows are those of the whole answer.
 * @param end of the leg before
 * @returns false where none are left
 */
export function allow(body: RequestBody, end: Frame): boolean {
  const most = body.field("max_output_tokens");
  const usage = responseOf(end.json())?.usage;
  if (typeof most !== "number" || typeof usage !== "object" || usage === null) return true;
  const left = most - ("output_tokens" in usage ? Number(usage.output_tokens) : 0);
  if (left < LEAST_TOKENS) return false;
  body.edit((draft) => draft.set("max_output_tokens", left));
  return true;
}

/** The end of an answer that has cost all the tokens it may. */
export function outOfTokens(wire: Wire, end: Frame): Frame {
  const response = { ...responseOf(end.json()), status: "incomplete" };
  const details = { incomplete_details: { reason: "max_output_tokens" } };
  return makeFrame(wire, { ...end.json(), type: "response.incomplete", response: { ...response, ...details } });
}

/** What the beginning and the end of an answer repeat of its request, as the client has said it. */
export function asAsked(wire: Wire, frame: Frame, asked: Readonly<Record<string, unknown>>): Frame {
  if (!REPEATS.test(frame.type)) return frame;
  const response = responseOf(frame.json());
  if (!Array.isArray(response?.tools)) return frame;
  const said = Object.entries(asked).filter(([field]) => field in response);
  return makeFrame(wire, { ...frame.json(), type: frame.type, response: { ...response, ...Object.fromEntries(said) } });
}

const REPEATS = /^response\.(created|queued|in_progress|completed|incomplete|failed)$/;
