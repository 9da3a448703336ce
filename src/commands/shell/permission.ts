/**
 * May a command file's shell run? Rules in Claude Code's syntax (`Bash(git add:*)`), checked for every simple command in
 * the text; commands that only read need none. Nothing is ever asked: what is not allowed is refused with the reason.
 */
import { resolve } from "node:path";
import { type Command, forEachChild, parse, type Redirection, type SyntaxNode, type Word } from "unbash";
import { ANY, bashPatterns } from "../../lib/bash-rule.ts";
import { isInside } from "../../lib/inside.ts";
import { type Simple, whyNotReadOnly } from "./read-only.ts";

export interface Rules {
  /** `Bash`, `Bash(git add:*)`, `Bash(npm run *)`; other tools' rules are passed over. */
  readonly allow: readonly string[];
  /** These win over `allow`. */
  readonly deny: readonly string[];
}

export interface Place {
  /** Where the shell will run, and the only place where files may be read without a rule. */
  readonly cwd: string;
  readonly home: string;
}

const NESTED = "A nested command in this command can't be checked before it runs";
const VARIABLE = "A variable in this command can't be checked before it runs";
const BACKGROUND =
  "This command uses the `&` background operator, which defers execution past approval-time safety checks. Approve only if you trust it.";

/** Programs that start another one, named in their arguments. */
const WRAPPERS = /^(?:timeout|time|nice|nohup|stdbuf|command|builtin)$/;
/** What writes where its arguments say. */
const WRITERS = /^(?:touch|mkdir|rmdir|rm|mv|cp|ln|chmod|chown|sed|truncate|install)$/;

/** Undefined when the shell text may run; else the reason, for a person. */
export function whyNotAllowed(source: string, rules: Rules, place: Place): string | undefined {
  const script = parse(source);
  const commands: Command[] = [];
  const reasons: string[] = [];
  const redirects: Redirection[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type === "Command") {
      commands.push(node);
      redirects.push(...node.redirects);
    }
    if (node.type === "Redirected") redirects.push(...node.redirects);
    if (node.type === "Statement" && node.background) reasons.push(BACKGROUND);
    if (/^(?:CommandExpansion|ProcessSubstitution|ArithmeticCommandExpansion|Function|Coproc)$/.test(node.type)) {
      reasons.push(NESTED);
    }
    forEachChild(node, visit);
  };
  visit(script);
  const denied = commands.find((one) => bashPatterns(rules.deny).some((pattern) => pattern.test(textOf(one, source))));
  if (denied) return `Permission to use Bash with command ${textOf(denied, source)} has been denied.`;
  if (bashPatterns(rules.allow).some((pattern) => pattern === ANY)) return undefined;
  if (script.errors !== undefined && script.errors.length > 0) return "This command could not be parsed";
  if (reasons[0] !== undefined) return reasons[0];
  for (const command of commands) {
    const reason = whyNotCommand(command, source, rules, place);
    if (reason === undefined) continue;
    if (reason !== "") return reason;
    if (commands.length === 1) return "This command requires approval";
    return `This Bash command contains multiple operations. The following part requires approval: ${textOf(command, source)}`;
  }
  return redirects.map((one) => whyNotRedirect(one, place)).find((reason) => reason !== undefined);
}

function whyNotCommand(command: Command, source: string, rules: Rules, place: Place): string | undefined {
  if (command.prefix.some((one) => one.type === "Assignment")) return "";
  const simple = simpleOf(command);
  if (simple === undefined) return VARIABLE;
  const allowed = bashPatterns(rules.allow);
  const texts = [textOf(command, source), [simple.name, ...simple.args].join(" ")];
  if (simple.name !== "find" || whyNotReadOnly(simple, place.cwd, place.home) !== "") {
    if (allowed.some((pattern) => texts.some((text) => pattern.test(text)))) return undefined;
  }
  const reason = whyNotReadOnly(simple, place.cwd, place.home);
  return reason === "" && WRITERS.test(simple.name) ? (whyNotWriter(simple, place) ?? "") : reason;
}

/** The words of a command, wrappers left off; undefined when a shell would have to work one out. */
function simpleOf(command: Command): Simple | undefined {
  if (command.name === undefined) return undefined;
  const all = [command.name, ...command.args];
  const values: string[] = [];
  const prints = /^(?:echo|printf)$/.test(command.name.value);
  for (const one of all) {
    if (one.type === "Assignment") values.push(one.text);
    else if (isKnown(one) || (prints && isPlainVariable(one))) values.push(one.value);
    else return undefined;
  }
  while (WRAPPERS.test(values[0] ?? "") && values.length > 1) {
    values.shift();
    while (/^-|^\d+(?:\.\d+)?[smhd]?$/.test(values[0] ?? "")) values.shift();
  }
  const [name = "", ...args] = values;
  return { name, args };
}

/** True when what stands there is what will be there: no variables, no braces. File patterns stay in the folder. */
function isKnown(word: Word): boolean {
  return (word.parts ?? []).every(
    (part) =>
      /^(?:Literal|SingleQuoted|Glob)$/.test(part.type) ||
      (part.type === "DoubleQuoted" && part.parts.every((inner) => inner.type === "Literal")),
  );
}

/** True for a variable that only says who and where one is; printing it tells nothing that a path would not. */
function isPlainVariable(word: Word): boolean {
  return /^"?\$(?:HOME|PWD|USER|SHELL|LANG)"?$/.test(word.text);
}

function whyNotRedirect(redirect: Redirection, { cwd, home }: Place): string | undefined {
  if (redirect.type !== "Redirect") return undefined;
  const { operator, target } = redirect;
  const value = target?.value ?? "";
  if (value === "/dev/null" || (/^[<>]&$/.test(operator) && /^\d$|^-$/.test(value))) return undefined;
  if (target === undefined || !isKnown(target)) return VARIABLE;
  const path = resolve(cwd, value.replace(/^~(?=\/|$)/, home));
  if (operator === "<") return isInside(path, cwd) ? undefined : `Input redirection from '${path}' needs approval`;
  return `Output redirection to '${path}' needs approval. ${where(path, cwd)}`;
}

function whyNotWriter({ name, args }: Simple, { cwd, home }: Place): string | undefined {
  const named = args.filter((arg) => !arg.startsWith("-")).at(-1);
  if (named === undefined) return undefined;
  const path = resolve(cwd, named.replace(/^~(?=\/|$)/, home));
  return `${name} in '${path}' needs approval. ${where(path, cwd)}`;
}

function where(path: string, cwd: string): string {
  return isInside(path, cwd)
    ? `The path is inside the working directories for this session ('${cwd}'), and Codex-Plus wants a rule before a shell command creates, changes or removes files there.`
    : `The path is outside the working directories for this session ('${cwd}'). Allowing runs the command as written.`;
}

function textOf(node: Command, source: string): string {
  const first = node.name?.pos ?? node.pos;
  const last = node.args.at(-1)?.end ?? node.name?.end ?? node.end;
  return source.slice(first, last);
}
