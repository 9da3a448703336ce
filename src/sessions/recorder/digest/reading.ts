/** What a person reads in an item, and whose words they are. Item types: codex-wire 4.3 and the Responses API. */
import { typedTexts } from "../../../protocol/prompt.ts";
import type { Item } from "../../../protocol/request.ts";
import type { Role } from "../../ledger.ts";
import { fieldsOf, listOf, parsedFields, textOf } from "./values.ts";

export interface Reading {
  readonly type: string;
  readonly role: Role;
  readonly tool?: string | undefined;
  readonly text: string;
}

/** `!cmd` of Codex's terminal with its output, labelled so or (older versions) told by its tag. */
const SHELL_KIND = "shell.user_command";
const SHELL_TAG = /^\s*<user_shell_command>/;
/** The namespace of the tools that Codex brings itself. */
const OWN_TOOLS = "functions";
/** Outputs that list tools rather than tell what came out. */
const LISTS: ReadonlySet<string> = new Set(["tool_search_output", "mcp_list_tools"]);

export function readingOf(item: Item): Reading {
  const type = textOf(item.type) ?? (typeof item.role === "string" ? "message" : "unknown");
  if (type === "message") return { type, ...messageReading(item) };
  if (type === "agent_message") return { type, role: "assistant", text: partsText(item.content) };
  if (type === "reasoning") {
    return { type, role: "reasoning", text: joined([partsText(item.summary), partsText(item.content)]) };
  }
  if (LISTS.has(type)) return { type, role: "tool", text: "" };
  if (type.endsWith("_output")) return { type, ...outputReading(item) };
  if (type.endsWith("_call")) return { type, role: "tool", tool: toolOf(item, type), text: callText(item) };
  return { type, role: "context", text: "" };
}

function messageReading(item: Item): Omit<Reading, "type"> {
  if (item.role === "assistant") return { role: "assistant", text: partsText(item.content) };
  if (item.role !== "user") return { role: "context", text: "" };
  const typed = typedTexts(item);
  if (typed.length > 0) return { role: "user", text: joined(typed.map(({ text }) => text)) };
  const kinds = listOf(fieldsOf(item.internal_chat_message_metadata_passthrough).content_item_kinds);
  const text = partsText(item.content);
  if (kinds.includes(SHELL_KIND) || SHELL_TAG.test(text)) return { role: "tool", tool: "shell", text };
  return { role: pictured(item, kinds) ? "user" : "context", text: "" };
}

/** Whether a message without typed text is somebody's picture or file. */
function pictured(item: Item, kinds: readonly unknown[]): boolean {
  if (kinds.length > 0) return kinds.includes("user.image") || kinds.includes("user.audio");
  return listOf(item.content).some((part) => fieldsOf(part).type !== undefined && fieldsOf(part).text === undefined);
}

/** An output without a call is what a client tells the model by itself, in the shape of a tool's output. */
function outputReading(item: Item): Omit<Reading, "type"> {
  const called = textOf(item.call_id) !== undefined || item.name === undefined;
  if (!called) return { role: "context", text: "" };
  const output = fieldsOf(item.output);
  const text = partsText("content" in output ? output.content : item.output);
  // Older versions put the output and its exit code into one JSON text.
  const inner = text.startsWith('{"output":') ? parsedFields(text).output : undefined;
  return { role: "tool", text: typeof inner === "string" ? inner : text };
}

function toolOf(item: Item, type: string): string {
  const name = textOf(item.name);
  if (name === undefined) return type.slice(0, -"_call".length);
  const namespace = textOf(item.namespace) ?? textOf(item.server_label);
  return namespace === undefined || namespace === OWN_TOOLS ? name : `${namespace}.${name}`;
}

/** What was called for; of calls that ran at the model's side, what came out too. */
function callText(item: Item): string {
  const { command, commands, query, url } = fieldsOf(item.action);
  const asked = item.arguments ?? item.input ?? item.code ?? item.revised_prompt ?? item.queries;
  const acted = command ?? commands ?? query ?? url ?? item.action;
  return joined([spelled(asked ?? acted ?? ""), textOf(item.output) ?? ""]);
}

/** Arguments as lines of `name: value`, strings as they read: JSON escapes would hide words from the search. */
function spelled(value: unknown): string {
  if (typeof value === "string") {
    const fields = value.startsWith("{") ? Object.entries(parsedFields(value)) : [];
    return fields.length === 0 ? value : lines(fields);
  }
  if (Array.isArray(value)) return value.map(spelled).join(" ");
  if (typeof value !== "object" || value === null) return value === null ? "" : String(value);
  return lines(Object.entries(value));
}

function lines(fields: readonly (readonly [string, unknown])[]): string {
  return fields.map(([name, value]) => `${name}: ${typeof value === "string" ? value : spelled(value)}`).join("\n");
}

/** The texts of content parts, or of content that is one text. */
function partsText(content: unknown): string {
  if (typeof content === "string") return content;
  return joined(listOf(content).map((part) => textOf(fieldsOf(part).text) ?? textOf(fieldsOf(part).refusal) ?? ""));
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join("\n");
}
