/**
 * Typed text inside shell: put in as data, never as code. Where a value goes decides how it is quoted; the shell text is
 * parsed with a mark in each value's place to find that out. Where no quoting is safe, only harmless text is let in.
 */
import { type Command, forEachChild, parse, type SyntaxNode } from "unbash";
import type { Value } from "../substitute.ts";
import { allWords } from "../words.ts";

/** Where a mark stands. "closed": a place where a shell would read even quoted text as code. */
type Where = "bare" | "single" | "double" | "here" | "here-quoted" | "closed";

/** Letters, digits and signs that mean nothing to a shell anywhere. A space parts words and does nothing else. */
const HARMLESS = /^[\p{L}\p{N}\p{M}_@%+=:,./~ -]*$/u;

/** Programs that read their arguments as code, so that no quoting of ours reaches far enough. */
const READS_CODE =
  /^(?:.*\/)?(?:eval|exec|source|\.|trap|alias|command|builtin|env|time|nohup|timeout|nice|stdbuf|setsid|flock|script|strace|chroot|busybox|tmux|screen|trap|compgen|complete|xargs|(?:ba|z|da|k|c|tc|fi)?sh|ssh|su|sudo|doas|test|\[|let|declare|typeset|local|export|readonly|unset|read|printf|awk|gawk|sed|perl|python[\d.]*|ruby|node|bun|deno|php|watch|parallel|mapfile|readarray|wait|getopts)$/;
/** Of those, what is read as code only when it is unquoted or an option's value. */
const FIRST_ONLY = /^(?:.*\/)?(?:printf|test|\[)$/;

/** The sentence of a refusal. */
export class Unplaceable extends Error {}

/** A piece of shell text, or a value to stand between two of them. */
export type Piece = string | Value;

/**
 * Shell text with its values quoted for where they stand.
 * @throws Unplaceable where a value cannot be made safe
 */
export function quoteInto(pieces: readonly Piece[]): string {
  const stem = stemFor(pieces);
  let marked = "";
  const marks: { value: Value; at: number; escaped: boolean }[] = [];
  for (const piece of pieces) {
    if (typeof piece === "string") {
      marked += piece;
      continue;
    }
    const escaped = (/\\*$/.exec(marked)?.[0].length ?? 0) % 2 === 1;
    marks.push({ value: piece, at: marked.length, escaped });
    marked += `${stem}${marks.length}Z`;
  }
  if (marks.every(({ value }) => HARMLESS.test(value.text) && (value.whole || !value.text.includes(" ")))) {
    return pieces.map((piece) => (typeof piece === "string" ? piece : piece.text)).join("");
  }
  const places = whereIs(
    marked,
    marks.map(({ at }) => at),
  );
  // A backslash in front would take the quote that we set for its own.
  for (const [index, { escaped }] of marks.entries()) if (escaped) places[index] = "closed";
  let index = 0;
  return pieces
    .map((piece) => (typeof piece === "string" ? piece : quoted(piece, places[index++] ?? "closed")))
    .join("");
}

function quoted({ text, whole }: Value, where: Where): string {
  if (text.includes("\0")) throw new Unplaceable("it holds a NUL character");
  switch (where) {
    case "bare":
      return whole ? allWords(text).map(word).join(" ") : word(text);
    case "single":
      return text.replaceAll("'", "'\\''");
    case "double":
      return text.replace(/[\\"$`]/g, "\\$&");
    case "here":
    case "here-quoted":
      if (text.includes("\n")) throw new Unplaceable("it has several lines and stands in a here-document");
      return where === "here" ? text.replace(/[\\$`]/g, "\\$&") : text;
    case "closed":
      if (HARMLESS.test(text)) return text;
      throw new Unplaceable("it stands where a shell reads even quoted text as code");
  }
}

/** One word of shell. */
function word(text: string): string {
  return text !== "" && HARMLESS.test(text) && !text.includes(" ") ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A word that the text does not hold. */
function stemFor(pieces: readonly Piece[]): string {
  let stem = "CPX";
  while (pieces.some((piece) => typeof piece === "string" && piece.includes(stem))) stem += "Q";
  return stem;
}

function whereIs(source: string, marks: readonly number[]): Where[] {
  const places: Where[] = marks.map(() => "closed");
  const settle = (node: SyntaxNode, where: Where) => {
    for (const [index, at] of marks.entries()) if (node.pos <= at && at < node.end) places[index] = where;
  };
  const visit = (node: SyntaxNode, closed: boolean, current: Where): void => {
    const where = closed || hasErrors(node) ? "closed" : within(node, current);
    if (where !== undefined) settle(node, where);
    // A back-quoted command is read twice, and its inner positions count in the text as decoded.
    if (node.type === "CommandExpansion" && node.text.startsWith("`")) return;
    const shut = where === "closed" || closed;
    if (node.type === "HereDoc") {
      settle(node.body, shut ? "closed" : node.delimiter?.quoted ? "here-quoted" : "here");
      if (node.delimiter) settle(node.delimiter, "closed");
      if (!node.delimiter?.quoted)
        for (const part of node.body.parts ?? []) visit(part, shut || part.type !== "Literal", "here");
      return;
    }
    const code = node.type === "Command" && readsCode(node);
    const fed = node.type === "Pipeline" && node.commands.some((one) => one.type !== "Command" || readsInput(one));
    forEachChild(node, (child) => {
      visit(child, shut || fed || (code && child !== (node as Command).name), where ?? current);
    });
  };
  visit(parse(source), false, "closed");
  return places;
}

/** Nodes in which a shell evaluates what it reads, quotes or no quotes. */
const EVALUATED = new Set<SyntaxNode["type"]>([
  "AnsiCQuoted",
  "LocaleString",
  "ParameterExpansion",
  "SimpleExpansion",
  "ArithmeticExpansion",
  "ArithmeticCommand",
  "ArithmeticFor",
  "TestCommand",
  "ExtendedGlob",
  "BraceExpansion",
  "ProcessSubstitution",
  "ArrayValue",
  "Coproc",
  "Function",
]);

/** What kind of place a node makes of its inside; undefined: no other than before. */
function within(node: SyntaxNode, current: Where): Where | undefined {
  if (EVALUATED.has(node.type)) return "closed";
  // The index of an array is arithmetic, which may run commands.
  if (node.type === "Assignment" && node.index !== undefined) return "closed";
  if (node.type === "Word") return "bare";
  if (node.type === "SingleQuoted") return "single";
  if (node.type === "DoubleQuoted") return "double";
  if (node.type === "CommandExpansion") return node.text.startsWith("`") ? "closed" : undefined;
  return node.type === "Literal" || node.type === "Glob" ? current : undefined;
}

function hasErrors(node: SyntaxNode): boolean {
  return node.type === "Script" && "errors" in node && (node.errors?.length ?? 0) > 0;
}

/** Programs that take code from a pipe. */
const READS_INPUT =
  /^(?:.*\/)?(?:(?:ba|z|da|k|c|tc|fi)?sh|ssh|su|sudo|doas|xargs|env|command|exec|nohup|timeout|nice|busybox|parallel|perl|python[\d.]*|ruby|node|bun|deno|php|source|\.|eval|at|batch)$/;

function readsInput({ name }: Command): boolean {
  return READS_INPUT.test(name?.value ?? "") || hasExpansion(name);
}

function hasExpansion(name: Command["name"]): boolean {
  return (name?.parts ?? []).some((part) => part.type.endsWith("Expansion"));
}

function readsCode(command: Command): boolean {
  const name = command.name?.value ?? "";
  if (FIRST_ONLY.test(name)) return command.args.some((arg) => arg.type === "Word" && arg.value === "-v");
  // A name that a shell has to work out may be anything.
  return READS_CODE.test(name) || hasExpansion(command.name);
}
