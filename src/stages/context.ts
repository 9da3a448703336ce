/** What hooks have said for the model is put beside the prompt, once commands have made of the prompt what goes up. */
import type { Item } from "../protocol/request.ts";
import { newId } from "../protocol/say.ts";
import type { Continuity } from "../sessions/continuity/index.ts";
import type { Stage, Turn } from "../turn.ts";
import { notesOf } from "./hooks/notes.ts";

/** Codex's word for such a text. */
const KIND = "hooks.additional_context";

export function context(continuity: Continuity): Stage {
  return {
    name: "context",
    needs: ({ kind }) => (kind === "main" ? "request" : "nothing"),
    request(turn) {
      const notes = notesOf(turn);
      if (notes === undefined) return undefined;
      notes.goesUp = true;
      const { prompt, thread, context: behind } = notes;
      if (behind.length === 0 && thread.waiting.length === 0) return undefined;
      const { input } = turn.request.json();
      const items: readonly Item[] = Array.isArray(input) ? input : [];
      // Where nothing was typed it stands behind what the client brings: of that only what has an id comes again as it is.
      const at = prompt ?? items.findLastIndex(({ id, call_id: call }) => id !== undefined || call !== undefined);
      const item = items[at];
      if (item === undefined) return undefined;
      const before = thread.waiting.splice(0);
      const beside =
        prompt === undefined
          ? [item, ...message(turn, item, [...before, ...behind])]
          : [...message(turn, item, before), item, ...message(turn, item, behind)];
      continuity.rewrite(turn, at, beside);
      return undefined;
    },
  };
}

/** One message of the developer's role, labelled as Codex labels its own where it labels what it stands beside. */
export function message(
  { head }: Turn,
  { id, internal_chat_message_metadata_passthrough: labels }: Item,
  texts: readonly string[],
): Item[] {
  if (texts.length === 0) return [];
  const content = texts.map((text) => ({ type: "input_text", text }));
  const label = { turn_id: head.turn, content_item_kinds: texts.map(() => KIND) };
  return [
    {
      type: "message",
      ...(id === undefined ? {} : { id: `msg_${newId()}` }),
      role: "developer",
      content,
      ...(labels === undefined ? {} : { internal_chat_message_metadata_passthrough: label }),
    },
  ];
}
