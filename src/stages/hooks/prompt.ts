/** The newest prompt of a request, if nobody has been told of it yet. */

import { stringMember } from "../../protocol/json-spans.ts";
import { type Prompt, promptOf } from "../../protocol/prompt.ts";
import type { Continuity } from "../../sessions/continuity/index.ts";
import type { Turn } from "../../turn.ts";
import type { Thread } from "./threads.ts";

/** What a client puts behind a prompt; everything else that stands there has answered it. */
const BESIDE = new Set(["configuration_update", "additional_tools"]);

/** Undefined for the follow-ups of a turn, and for a request that is only sent again. */
export function newPrompt(turn: Turn, thread: Thread, continuity: Continuity): Prompt | undefined {
  const { head, request } = turn;
  const prompt = promptOf(head, request);
  if (prompt === undefined || continuity.handled(turn, prompt.index)) return undefined;
  const { bytes, spans } = request.items();
  const answered = spans.slice(prompt.index + 1).some((span) => {
    const role = stringMember(bytes, span, "role");
    return role === undefined ? !BESIDE.has(stringMember(bytes, span, "type") ?? "") : role === "assistant";
  });
  if (answered) return undefined;
  return head.turn !== "" && thread.prompts.has(keyOf(prompt)) ? undefined : prompt;
}

/** All hooks have been told of it, and had their say. */
export function told(prompt: Prompt, thread: Thread): void {
  thread.prompts.add(keyOf(prompt));
}

function keyOf({ item, text }: Prompt): string {
  return item.id ?? text;
}
