/** What an item says, hashed: by this an item without an id is known when it comes again. */
import { hash } from "node:crypto";
import type { Item } from "../../../protocol/request.ts";
import { fieldsOf } from "./values.ts";

/** 128 bits. */
const DIGITS = 32;
/** Fields that may differ when an item comes again: ids, labels, and what only its first way down tells. */
const LABELS: ReadonlySet<string> = new Set(["id", "internal_chat_message_metadata_passthrough", "status", "phase"]);

/**
 * The same for an item that was sent back with other ids, labels, annotations or order of fields, and for a message whose
 * parts have become one text. Pictures are to be taken out before.
 */
export function hashOf(item: Item): string {
  return hash("sha256", JSON.stringify(core(item)), "hex").slice(0, DIGITS);
}

function core(item: Item): unknown {
  const { type, role, encrypted_content: sealed } = item;
  if (type === "message" || (type === undefined && typeof role === "string")) return [role, content(item.content)];
  // Codex sends reasoning back without what it could read of it.
  if (typeof sealed === "string") return [type, sealed];
  return sorted(item, 0);
}

/** Texts that follow each other are one: an SDK sends an answer of several parts back as one text. */
function content(value: unknown): unknown {
  if (!Array.isArray(value)) return [value];
  const parts: unknown[] = [];
  for (const part of value) {
    const { text } = fieldsOf(part);
    const last = parts.at(-1);
    if (typeof text !== "string") parts.push(sorted(part, 0));
    else if (typeof last === "string") parts[parts.length - 1] = last + text;
    else parts.push(text);
  }
  return parts;
}

function sorted(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return value.map((each) => sorted(each, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .filter(([key, each]) => each !== null && !(depth === 0 && LABELS.has(key)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => [key, sorted(each, depth + 1)]);
}
