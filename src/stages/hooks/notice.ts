/** Words for the person that the model never gets to know: messages in the answer that continuity keeps from going up. */
import type { Item } from "../../protocol/request.ts";
import { newId } from "../../protocol/say.ts";

export function noticeItem(text: string): Item {
  return {
    type: "message",
    id: `msg_${newId()}`,
    role: "assistant",
    content: [{ type: "output_text", text }],
    phase: "commentary",
  };
}
