/** The `if` of a handler: one permission rule that its tool call must fit, as Claude Code was recorded to read it. */
import { isAbsolute, join, relative } from "node:path";
import { matchesGlob } from "node:path/posix";
import ignore from "ignore";
import { type Command, forEachChild, parse, type SyntaxNode } from "unbash";
import { bashPatterns } from "../lib/bash-rule.ts";
import { isInside } from "../lib/inside.ts";
import type { HookInput } from "./hook.ts";

const RULE = /^([\w-]+|mcp__[\w*-]+)(?:\(([\s\S]*)\))?$/;
/** Tools whose rules are file patterns. */
const FILE_TOOLS = new Set(["Edit", "Write", "NotebookEdit", "Read", "Glob", "Grep"]);

/**
 * Whether the call fits the rule. The tool's name has to be the rule's: a rule for Edit is none for Write. Shell that
 * cannot be read, or that only its running would tell, fits: a guard must not be passed by by odd syntax.
 */
export function fits(rule: string, input: HookInput, home: string): boolean {
  const [, tool, form] = RULE.exec(rule.trim()) ?? [];
  const name = input.tool_name;
  if (tool === undefined || name === undefined) return false;
  if (tool.startsWith("mcp__")) return name === tool || name.startsWith(`${tool}__`) || matchesGlob(name, tool);
  if (tool !== name) return false;
  if (form === undefined || form === "*") return true;
  const text = (field: string): string => textAt(input.tool_input, field);
  if (tool === "Bash") return fitsShell(rule, text("command"));
  if (tool === "WebFetch") return fitsHost(form, text("url"));
  const path = text("file_path") || text("notebook_path") || text("path");
  if (FILE_TOOLS.has(tool)) return path !== "" && fitsPath(form, path, input.cwd, home);
  return typeof input.tool_input === "object" && Object.values(input.tool_input ?? {}).includes(form);
}

function textAt(value: unknown, field: string): string {
  if (typeof value !== "object" || value === null) return "";
  const found: unknown = (value as Record<string, unknown>)[field];
  return typeof found === "string" ? found : "";
}

/** Any of the commands in the text: `cd a && git push` is a `git` call too. */
function fitsShell(rule: string, source: string): boolean {
  const [pattern] = bashPatterns([rule]);
  if (pattern === undefined) return false;
  if (pattern.test(source.trim())) return true;
  try {
    const script = parse(source);
    if (script.errors !== undefined && script.errors.length > 0) return true;
    const { texts, open } = look(script);
    return open || texts.some((text) => pattern.test(text));
  } catch {
    return true;
  }
}

interface Look {
  /** Each command, its words one space apart and without their quotes. */
  readonly texts: string[];
  /** Whether something only shows when it runs. */
  open: boolean;
}

function look(script: SyntaxNode): Look {
  const found: Look = { texts: [], open: false };
  const visit = (node: SyntaxNode): void => {
    if (node.type === "Command") found.texts.push(...textsOf(node));
    if (node.type === "BraceExpansion" || node.type === "ProcessSubstitution") found.open = true;
    if (node.type === "HereDoc" && node.delimiter?.quoted !== true) found.open = true;
    if (node.type === "Command" && /^[^'"]*\$/.test(node.name?.text ?? "")) found.open = true;
    forEachChild(node, visit);
  };
  visit(script);
  return found;
}

/** The command itself, and what a bare `xargs` runs. */
function textsOf({ name, args }: Command): string[] {
  if (name === undefined) return [];
  const words = [name.value, ...args.map((one) => (one.type === "Word" ? one.value : one.text))];
  const text = words.join(" ");
  return words[0] === "xargs" && !words[1]?.startsWith("-") ? [text, words.slice(1).join(" ")] : [text];
}

/** `//abs`, `~/home`; everything else is what .gitignore would make of it in the folder, case aside. */
function fitsPath(form: string, path: string, cwd: string, home: string): boolean {
  const whole = isAbsolute(path) ? path : join(cwd, path);
  if (form === whole) return true;
  if (form.startsWith("//")) return fitsBelow(form.slice(1), whole, "/");
  if (form.startsWith("~/")) return fitsBelow(form.slice(1), whole, home);
  // What lies outside has no place in the folder: there its whole path is looked at.
  return fitsBelow(form.replace(/^\.\//, ""), whole, isInside(whole, cwd) ? cwd : "/");
}

function fitsBelow(pattern: string, path: string, folder: string): boolean {
  const below = relative(folder, path);
  return ignore.isPathValid(below) && ignore().add(pattern).ignores(below);
}

function fitsHost(form: string, url: string): boolean {
  const domain = /^domain:(.+)$/.exec(form)?.[1];
  const host = URL.parse(url)?.hostname;
  return domain !== undefined && host !== undefined && (host === domain || matchesGlob(host, domain));
}
