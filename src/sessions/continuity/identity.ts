/** By what an item is known when it comes again: its id, the id of its call, or (older clients) what it says. */
import { createHash } from "node:crypto";
import type { Item } from "../../protocol/request.ts";

/** The key of an item with an id. */
export function idKey(id: string): string {
  return `#${id}`;
}

/** The key of a call or its output: call ids are there even where ids are not. */
export function callKey(type: string, callId: string): string {
  return `@${type}:${callId}`;
}

export function isCallKey(key: string): boolean {
  return key.startsWith("@");
}

/** What an item says, hashed: the same for an item that was sent back with other ids, labels or annotations. */
export function textOf(item: Item): string {
  return createHash("sha256").update(words(item)).digest("base64url").slice(0, 22);
}

function words(item: Item): string {
  if (isMessage(item)) return JSON.stringify([item.role, contentOf(item.content)]);
  if (typeof item.encrypted_content === "string") return JSON.stringify([item.type, item.encrypted_content]);
  const { id: _, ...rest } = item;
  return JSON.stringify(rest);
}

/** A message may come without its type (the API allows it), and its content as one string. */
export function isMessage(item: Item): boolean {
  return item.type === "message" || (item.type === undefined && typeof item.role === "string");
}

function contentOf(content: unknown): unknown[] {
  if (!Array.isArray(content)) return [content];
  return content.map((part: unknown) => {
    if (typeof part !== "object" || part === null) return part;
    const text = "text" in part ? part.text : undefined;
    return typeof text === "string" ? text : part;
  });
}
