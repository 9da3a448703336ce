/** The end of a turn's answer: Stop hooks hear of it, and may have the model go on in the same stream. */
import type { Verdict } from "../../hooks/hook.ts";
import type { Frame } from "../../protocol/frame.ts";
import type { Item } from "../../protocol/request.ts";
import { newId } from "../../protocol/say.ts";
import type { Turn } from "../../turn.ts";
import type { Answered } from "../legs/next.ts";
import { effortOf } from "./input.ts";
import { textOf } from "./said.ts";

/** As Claude Code does it: after so many blocks in a row the turn ends anyway. */
export const MOST_BLOCKS = 8;

/** Calls that the client answers; upstream runs others itself. */
const CLIENT_CALL = /^(function|custom_tool|local_shell|tool_search)_call$/;

/** Whether this event ends the turn: with it the client does not go on by itself. */
export function endsTurn(frame: Frame, { output }: Answered): boolean {
  if (frame.type !== "response.completed" || output.some(({ type = "" }) => CLIENT_CALL.test(type))) return false;
  const response = frame.json()?.response;
  return !(typeof response === "object" && response !== null && "end_turn" in response && response.end_turn === false);
}

/** What Stop hooks are told beside what all hooks are. @param active whether a Stop hook is why the model went on */
export function stopInput(turn: Turn, { output }: Answered, active: boolean): Readonly<Record<string, unknown>> {
  const said = output.map(textOf).findLast((each) => each !== "");
  const text = said === undefined ? {} : { last_assistant_message: said };
  return { ...effortOf(turn), stop_hook_active: active, ...text, background_tasks: [], session_crons: [] };
}

/** What the model is told to go on with; undefined where it may stop. */
export function feedback({ block, context, stop }: Verdict): string | undefined {
  if (stop !== undefined) return undefined;
  const texts = [...(block === undefined ? [] : [block.reason]), ...context];
  return texts.length === 0 ? undefined : texts.join("\n\n");
}

export function feedbackItem(text: string): Item {
  return { type: "message", id: `msg_${newId()}`, role: "user", content: [{ type: "input_text", text }] };
}
