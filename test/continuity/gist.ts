import type { Item } from "../../src/testing/events.ts";

/** What an item says or does, numbers left out. */
export function gist({ name, call_id: callId, content }: Item): string {
  const [part] = Array.isArray(content) ? content : [{ text: content }];
  return String(name ?? callId ?? part?.text)
    .replace(/answer \d+|^ok$/, "answer")
    .replace(/\d+$/, "");
}
