/** The `if` of a handler: one permission rule that its tool call must fit. Syntax: claude-formats, permission rules. */
import { relative } from "node:path";
import { matchesGlob } from "node:path/posix";
import { type Command, forEachChild, parse, type SyntaxNode } from "unbash";
import { bashPatterns } from "../lib/bash-rule.ts";
import type { HookInput } from "./hook.ts";
import { matches } from "./matcher.ts";

const RULE = /^([\w-]+)(?:\(([\s\S]*)\))?$/;
/** Tools whose rules are file patterns, and the field that names the file. */
const FILE_TOOLS: Readonly<Record<string, readonly string[]>> = {
  Edit: ["Edit", "Write", "NotebookEdit"],
  Write: ["Write"],
  Read: ["Read", "Glob", "Grep"],
};

/** Whether the call fits the rule. Shell that cannot be read fits: a guard must not be passed by by odd syntax. */
export function fits(rule: string, input: HookInput, home: string): boolean {
  const [, tool, form] = RULE.exec(rule.trim()) ?? [];
  const name = input.tool_name;
  if (tool === undefined || name === undefined) return false;
  const fields = typeof input.tool_input === "object" && input.tool_input !== null ? input.tool_input : {};
  const text = (field: string): string => {
    const value: unknown = (fields as Record<string, unknown>)[field];
    return typeof value === "string" ? value : "";
  };
  if (tool.startsWith("mcp__")) return name === tool || name.startsWith(`${tool}__`) || fitsName(tool, name);
  const files = FILE_TOOLS[tool];
  if (files !== undefined) {
    if (!files.includes(name)) return false;
    return form === undefined || form === "*" || fitsPath(form, text("file_path") || text("path"), input.cwd, home);
  }
  if (!matches(tool, name)) return false;
  if (form === undefined || form === "*") return true;
  if (tool === "Bash") return fitsShell(rule, text("command"));
  if (tool === "WebFetch") return fitsHost(form, text("url"));
  return Object.values(fields).some((value) => value === form);
}

function fitsName(rule: string, name: string): boolean {
  return rule.includes("*") && matchesGlob(name, rule);
}

/** Any of the commands in the text: `cd a && git push` is a `git` call too. */
function fitsShell(rule: string, source: string): boolean {
  const [pattern] = bashPatterns([rule]);
  if (pattern === undefined) return false;
  if (pattern.test(source)) return true;
  try {
    const script = parse(source);
    if (script.errors !== undefined && script.errors.length > 0) return true;
    return commandsOf(script, source).some((text) => pattern.test(text));
  } catch {
    return true;
  }
}

function commandsOf(script: SyntaxNode, source: string): string[] {
  const found: Command[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type === "Command") found.push(node);
    forEachChild(node, visit);
  };
  visit(script);
  return found.map(({ name, args, pos, end }) => source.slice(name?.pos ?? pos, args.at(-1)?.end ?? name?.end ?? end));
}

/** `//abs`, `~/home`, `/project`, and names as .gitignore has them: at any depth where they hold no slash. */
function fitsPath(form: string, path: string, cwd: string, home: string): boolean {
  if (path === "") return false;
  if (form.startsWith("//")) return matchesGlob(path, form.slice(1));
  if (form.startsWith("~/")) return matchesGlob(path, `${home}${form.slice(1)}`);
  const below = relative(cwd, path);
  const pattern = form.replace(/^\.?\//, "");
  const anywhere = !pattern.replace(/\/$/, "").includes("/") && !/^\.?\//.test(form);
  return [pattern, `${pattern}/**`, ...(anywhere ? [`**/${pattern}`, `**/${pattern}/**`] : [])].some((each) =>
    matchesGlob(below, each),
  );
}

function fitsHost(form: string, url: string): boolean {
  const domain = /^domain:(.+)$/.exec(form)?.[1];
  const host = URL.parse(url)?.hostname;
  return domain !== undefined && host !== undefined && (host === domain || matchesGlob(host, domain));
}
