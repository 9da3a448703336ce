/** The text of a message. */
import type { Item } from "../../protocol/request.ts";

/** Empty for what is no message of the assistant's. */
export function textOf(item: Item | undefined): string {
  if (item?.type !== "message" || item.role !== "assistant") return "";
  const { content } = item;
  if (!Array.isArray(content)) return typeof content === "string" ? content : "";
  return content.map((part: { text?: unknown } | null) => (typeof part?.text === "string" ? part.text : "")).join("");
}
