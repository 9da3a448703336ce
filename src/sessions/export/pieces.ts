/** What a person sees of an item: prose, code, pictures. The same for every format that is made to be read. */
import { fieldsOf, listOf, textOf } from "../recorder/digest/values.ts";
import type { Said } from "./content.ts";

export type Piece =
  /** Markdown, as it was written. */
  | { readonly what: "prose"; readonly text: string }
  | { readonly what: "code"; readonly language: string; readonly text: string }
  /** The picture's hash, or the address it was given by. */
  | { readonly what: "picture"; readonly hash?: string | undefined; readonly url?: string | undefined };

const BLOB = /^codex-plus:blob\/([0-9a-f]{64})$/;
/** Tools whose input is a language of its own. */
const LANGUAGES: Readonly<Record<string, string>> = { exec: "javascript", apply_patch: "diff" };
/** How every patch begins. */
const PATCH = "*** Begin Patch";
/** Arguments that say it all, where a call has nothing else of weight. */
const COMMANDS = ["cmd", "command"];

export function piecesOf({ type, tool, body }: Said): readonly Piece[] {
  if (type === "message" || type === "agent_message") return parts(body.content, "prose");
  if (type === "reasoning") return [...parts(body.summary, "prose"), ...parts(body.content, "prose")];
  if (type === "image_generation_call") return [picture(body.result)];
  if (type.endsWith("_output")) return parts(outputOf(body.output ?? body.tools), "text");
  if (type === "local_shell_call") return [command(fieldsOf(body.action))];
  if (typeof body.input === "string")
    return [{ what: "code", language: LANGUAGES[tool ?? ""] ?? "", text: body.input }];
  if (typeof body.arguments === "string") return [argumentsOf(body.arguments)];
  const { type: _, id: __, ...rest } = body;
  return Object.keys(rest).length === 0 ? [] : [json(rest)];
}

/** What the item is called in one line: a tool's name and what it does. */
export function titleOf(said: Said): string {
  const code = piecesOf(said).find((piece) => piece.what === "code");
  const lines = (code?.language === "json" ? "" : (code?.text ?? "")).split("\n");
  const line =
    lines
      .find((each) => each.trim() !== "" && each !== PATCH)
      ?.replace(/^\*\*\* /, "")
      .trim() ?? "";
  return `${said.tool ?? said.type}${line === "" ? "" : ` ${line}`}`;
}

function outputOf(output: unknown): unknown {
  const fields = fieldsOf(output);
  return "content" in fields ? fields.content : output;
}

/** A text, or a list of parts, as messages and outputs have them. */
function parts(content: unknown, texts: "prose" | "text"): Piece[] {
  if (content === undefined || content === null || content === "") return [];
  const asPiece = (text: string): Piece =>
    texts === "prose" ? { what: "prose", text } : { what: "code", language: "", text };
  if (typeof content === "string") return [asPiece(content)];
  if (!Array.isArray(content)) return [json(content)];
  return listOf(content).map((part) => {
    const { text, refusal, image_url: image, file_data: file } = fieldsOf(part);
    const words = textOf(text) ?? textOf(refusal);
    if (words !== undefined) return asPiece(words);
    const source = image ?? file;
    return source === undefined ? json(part) : picture(fieldsOf(source).url ?? source);
  });
}

function picture(source: unknown): Piece {
  const name = textOf(source) ?? "";
  const hash = BLOB.exec(name)?.[1];
  return hash === undefined ? { what: "picture", url: name } : { what: "picture", hash };
}

/** A shell's command where there is nothing else to tell, else the arguments as JSON. */
function argumentsOf(text: string): Piece {
  try {
    const value = JSON.parse(text);
    const shell = COMMANDS.some((name) => name in fieldsOf(value));
    return shell ? command(fieldsOf(value)) : json(value);
  } catch {
    return { what: "code", language: "", text };
  }
}

function command(fields: Readonly<Record<string, unknown>>): Piece {
  const [name = ""] = COMMANDS.filter((each) => each in fields);
  const said = fields[name];
  const words = listOf(said).map(String);
  const script = typeof said === "string" ? said : scriptOf(words);
  const place = textOf(fields.workdir) ?? textOf(fields.working_directory);
  return { what: "code", language: "bash", text: place === undefined ? script : `${script}\n# in ${place}` };
}

/** `bash -lc SCRIPT` is the script. */
function scriptOf(words: readonly string[]): string {
  const [, flag, script, ...rest] = words;
  if (script !== undefined && rest.length === 0 && /^-l?c$/.test(flag ?? "")) return script;
  return words.map((word) => (/^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ");
}

function json(value: unknown): Piece {
  return { what: "code", language: "json", text: JSON.stringify(value, undefined, 2) ?? "" };
}
