/** The text that a person has just typed, found in a request by Codex's labels (codex-wire 4.4). */
import type { Head } from "../turn.ts";
import { stringMember } from "./json-spans.ts";
import type { Item, RequestBody } from "./request.ts";

export interface Prompt {
  /** Where it stands among the items of `input`. */
  readonly index: number;
  readonly item: Item;
  /** Which part of the item's content holds the text. */
  readonly part: number;
  readonly text: string;
}

interface Part {
  readonly type?: unknown;
  readonly text?: unknown;
}

/** What Codex wrote about a message: one kind per content part. */
interface Labels {
  readonly turn_id?: unknown;
  readonly content_item_kinds?: unknown;
}

/** An image stands between two text parts of this form, which nobody typed. */
const IMAGE_TAG = /^<\/?image\b/;
/** How messages of the user's role begin that Codex itself puts in, in versions that do not label them. */
const NOT_TYPED =
  /^\s*(# AGENTS\.md instructions|You are performing a CONTEXT CHECKPOINT COMPACTION|Another language model started to solve this problem and|<(environment_context|skill|user_shell_command|user_action|turn_aborted|INSTRUCTIONS|user_instructions)\b)/;

/**
 * The newest prompt, or undefined where the request brings none (the output of a tool, say). Whether a person is behind
 * the request at all is for `Head.kind` to say. Only items of the user's role are parsed, from the end.
 */
export function promptOf(head: Head, request: RequestBody): Prompt | undefined {
  const { bytes, spans } = request.items();
  for (let index = spans.length - 1; index >= 0; index -= 1) {
    const span = spans[index];
    if (span === undefined || stringMember(bytes, span, "role") !== "user") continue;
    const item = JSON.parse(bytes.toString("utf8", span.start, span.end)) as Item;
    const [typed] = typedTexts(item);
    if (typed === undefined) continue;
    const labels = item.internal_chat_message_metadata_passthrough as Labels | undefined;
    // A follow-up in full form ends with the prompts of earlier turns: nothing new was typed.
    if (
      Array.isArray(labels?.content_item_kinds) &&
      head.turn !== "" &&
      typeof labels?.turn_id === "string" &&
      labels.turn_id !== head.turn
    ) {
      return undefined;
    }
    return { index, item, ...typed };
  }
  return undefined;
}

/** The parts of a message of the user's role that were typed, as far as labels or the text itself tell. */
export function typedTexts(item: Item): { readonly part: number; readonly text: string }[] {
  const labels = item.internal_chat_message_metadata_passthrough as Labels | null | undefined;
  const kinds = labels?.content_item_kinds;
  return contentOf(item).flatMap((each: Part | null, part) => {
    const text = each?.text;
    if (typeof text !== "string" || IMAGE_TAG.test(text)) return [];
    return (Array.isArray(kinds) ? kinds[part] === "user.text" : !NOT_TYPED.test(text)) ? [{ part, text }] : [];
  });
}

const TEXT_FIELDS = ['"text"', '"content"'];
const CALL_MARKS = new Set([0x2f, 0x24]);

/**
 * Whether any text in these bytes begins with one of the marks of a command, `/` or `$`. A search, not a parse: nearly all
 * requests bring no command, and for them this is all that is done. JSON in a string has its quotes escaped, so only real
 * fields are found.
 */
export function mayCall(bytes: Buffer): boolean {
  for (const field of TEXT_FIELDS) {
    for (let at = bytes.indexOf(field); at >= 0; at = bytes.indexOf(field, at + field.length)) {
      if (CALL_MARKS.has(firstOfText(bytes, at + field.length))) return true;
    }
  }
  return false;
}

/** The first byte of the text behind a field's name that is no white space, escaped or not; 0 where no text stands. */
function firstOfText(bytes: Buffer, behind: number): number {
  let at = behind;
  const skip = (): void => {
    while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at += 1;
  };
  skip();
  if (bytes[at] !== 0x3a) return 0;
  at += 1;
  skip();
  if (bytes[at] !== 0x22) return 0;
  at += 1;
  for (;;) {
    skip();
    // `\n`, `\r`, `\t` and the like; `\/` is a slash, and `\u` may stand for any of them.
    if (bytes[at] !== 0x5c) return bytes[at] ?? 0;
    const escaped = String.fromCharCode(bytes[at + 1] ?? 0);
    if (escaped === "/" || escaped === "u") return 0x2f;
    if (!"nrtfb".includes(escaped)) return 0;
    at += 2;
  }
}

/** A text, or a picture as a `data:` address. */
export type PromptPart = string | { readonly image: string };

/** The same message with other parts in the place of the typed one, its labels kept in step. */
export function withParts({ item, part }: Prompt, parts: readonly PromptPart[]): Item {
  const content = contentOf(item).toSpliced(part, 1, ...parts.map(contentPart));
  const labels = item.internal_chat_message_metadata_passthrough;
  if (typeof labels !== "object" || labels === null) return { ...item, content };
  const widened = Object.entries(labels).map(([name, value]) => {
    const perPart = name.startsWith("content_item_") && Array.isArray(value);
    const labelOf = (one: PromptPart): unknown =>
      name === "content_item_kinds" && typeof one !== "string" ? "user.image" : value[part];
    return [name, perPart ? value.toSpliced(part, 1, ...parts.map(labelOf)) : value];
  });
  return { ...item, content, internal_chat_message_metadata_passthrough: Object.fromEntries(widened) };
}

function contentPart(part: PromptPart): object {
  return typeof part === "string" ? { type: "input_text", text: part } : { type: "input_image", image_url: part.image };
}

/** A message's parts; its content may be plain text too. */
function contentOf({ content }: Item): readonly Part[] {
  if (typeof content === "string") return [{ type: "input_text", text: content }];
  return Array.isArray(content) ? content : [];
}

/** The folder that the environment context names, for clients whose metadata names none. */
export function cwdOf(request: RequestBody): string | undefined {
  const { bytes, spans } = request.items();
  for (const span of spans) {
    if (stringMember(bytes, span, "role") !== "user") continue;
    const found = cwdIn(bytes.toString("utf8", span.start, span.end));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The folder that an environment context names. @param json the JSON text of its item, where backslashes are doubled */
export function cwdIn(json: string): string | undefined {
  const found = /<environment_context>[\s\S]*?<cwd>((?:[^"\\]|\\.)*?)<\/cwd>/.exec(json)?.[1];
  return found === undefined ? undefined : JSON.parse(`"${found}"`);
}
