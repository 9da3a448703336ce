/** The head of a Markdown command: YAML between `---` lines, read as leniently as Claude Code does. */
import { LineCounter, parseDocument } from "yaml";

export interface FrontMatter {
  readonly description?: string;
  readonly hint?: string;
  /** Permission rules for the command's own shell: `Bash(git add:*)`. */
  readonly allowedTools: readonly string[];
  readonly model?: string;
  readonly effort?: string;
  /** Names for `$name`, in order. */
  readonly names: readonly string[];
  readonly shell?: string;
  /** A skill's second name. */
  readonly name?: string;
  /** False when only the model may run it. */
  readonly invocable: boolean;
}

export interface Head {
  readonly matter: FrontMatter;
  readonly body: string;
  /** What is wrong with the YAML; the rest of the command works all the same. */
  readonly problem?: { readonly line: number; readonly message: string };
}

/** Claude Code's own idea of front matter: the first `---` after the opening line ends it, wherever it stands. */
const FENCED = /^---[^\S\n]*\n([\s\S]*?)---\s*\n?/;

/** Between rules such as `Bash(git add:*), Read`. Bounded: a file that is all blanks would be looked at for each of them. */
const OUTSIDE_PARENTHESES = /[\s,]+(?![^()]{0,500}\))/;

/** Cuts a command file into head and body. */
export function readHead(file: string): Head {
  const text = file.replace(/^\uFEFF/, "");
  const fenced = FENCED.exec(text);
  if (fenced === null) return { matter: toMatter({}), body: text };
  const source = fenced[1] ?? "";
  const body = text.slice(fenced[0].length);
  const { value, problem } = readYaml(source);
  if (problem) return { matter: toMatter(salvage(source)), body, problem };
  if (/(^|\n)[^\n]+$/.test(source)) {
    const line = source.split("\n").length + 1;
    return {
      matter: toMatter(value),
      body,
      problem: { line, message: "the front matter ends at a --- inside this line" },
    };
  }
  return { matter: toMatter(value), body };
}

function readYaml(source: string): { readonly value?: unknown; readonly problem?: Head["problem"] } {
  const lines = new LineCounter();
  const document = parseDocument(source, { uniqueKeys: false, lineCounter: lines, logLevel: "silent" });
  const [error] = document.errors;
  if (error) {
    const message = error.message.split(/ at line |\n/)[0] ?? "";
    return { problem: { line: (error.linePos?.[0].line ?? 1) + 1, message: `not YAML: ${message}` } };
  }
  try {
    return { value: document.toJS() ?? {} };
  } catch (thrown) {
    // An alias without an anchor, most likely a file pattern without quotes (`**/*.ts`).
    return { problem: { line: 2, message: `not YAML: ${(thrown as Error).message.split("\n")[0]}` } };
  }
}

/** `key: value` lines of YAML that cannot be parsed as a whole. */
function salvage(source: string): Record<string, string> {
  const pairs = source.matchAll(/^([A-Za-z][\w-]*):(.*)$/gm);
  return Object.fromEntries(
    [...pairs].map(([, key, value]) => [key, (value ?? "").trim().replace(/^(["'])(.*)\1$/, "$2")]),
  );
}

function toMatter(value: unknown): FrontMatter {
  const given = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const description = text(given.description);
  const hint = Array.isArray(given["argument-hint"])
    ? `[${given["argument-hint"].join(", ")}]`
    : text(given["argument-hint"]);
  const model = text(given.model);
  const effort = text(given.effort);
  const shell = text(given.shell);
  const name = text(given.name);
  return {
    allowedTools: list(given["allowed-tools"], OUTSIDE_PARENTHESES),
    names: list(given.arguments, /\s+/).filter((one) => !/^\d+$/.test(one)),
    invocable: given["user-invocable"] === undefined || isTrue(given["user-invocable"]),
    ...(description && { description }),
    ...(hint && { hint }),
    ...(model && model !== "inherit" && { model }),
    ...(effort && { effort }),
    ...(shell && { shell }),
    ...(name && { name }),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value).trim() : undefined;
}

function list(value: unknown, separator: RegExp): string[] {
  const parts = Array.isArray(value) ? value.map(String) : typeof value === "string" ? value.split(separator) : [];
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function isTrue(value: unknown): boolean {
  return /^(true|yes|on|1)$/i.test(String(value).trim());
}
