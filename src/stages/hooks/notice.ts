/** Words for the person that the model never gets to know: messages in the answer that continuity keeps from going up. */
import type { Metadata } from "../../protocol/head.ts";
import type { Item } from "../../protocol/request.ts";
import { newId } from "../../protocol/say.ts";

/** Before the model's own words: marked as what is not the answer. */
export function openingNotice(text: string): Item {
  return { ...message(text), phase: "commentary" };
}

/**
 * Behind the model's last words. What comes last is what `codex exec` prints as its result, so there it is shown as a
 * thought is; in the terminal interface, which shows no thoughts there, as a message.
 */
export function closingNotice(text: string, metadata: Metadata): Item {
  if (metadata.turn_trigger !== "exec") return message(text);
  return { type: "reasoning", id: `rs_${newId()}`, summary: [{ type: "summary_text", text }] };
}

function message(text: string): Item {
  const content = [{ type: "output_text", text }];
  return { type: "message", id: `msg_${newId()}`, role: "assistant", content };
}
