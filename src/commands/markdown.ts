/** A Markdown command to the prompt it stands for: arguments, variables, shell, files, in Claude Code's order. */
import { dirname } from "node:path";
import { attach } from "./attach.ts";
import type { Command, Result } from "./command.ts";
import type { FrontMatter } from "./front-matter.ts";
import { heading } from "./heading.ts";
import { type Block, blocksOf } from "./shell/blocks.ts";
import { type Rules, whyNotAllowed } from "./shell/permission.ts";
import { type Piece, quoteInto, Unplaceable } from "./shell/quote.ts";
import type { ShellAnswer } from "./shell/run.ts";
import { type Arguments, append, defuse, substitute, type Value } from "./substitute.ts";

export interface Expansion {
  readonly command: Command;
  readonly matter: FrontMatter;
  readonly body: string;
  /** As typed, trimmed. */
  readonly args: string;
  readonly cwd: string;
  readonly home: string;
  readonly session: string;
  /** The turn's reasoning effort, for `${CLAUDE_EFFORT}`. */
  readonly effort?: string | undefined;
  readonly base: 0 | 1;
  /** False: typed text goes into shell as it is, as in Claude Code. */
  readonly quoteShell: boolean;
  readonly rules: Rules;
  readonly attachFrom: readonly string[];
  readonly attachBytes: number;
  /** Runs a block that is allowed; or tells what would run. */
  shell(command: string): Promise<ShellAnswer>;
  /** What else than files the text may name. */
  readonly attach?: ((text: string) => Promise<readonly string[]>) | undefined;
}

/** Expands a command. What its shell does wrong makes it "refused", with the reason. */
export async function expandMarkdown(expansion: Expansion): Promise<Result> {
  const { command, matter, args, cwd, home } = expansion;
  if (!matter.invocable) {
    return { kind: "refused", text: `/${command.name} can only be run by the model (user-invocable: false).` };
  }
  const rendered = await render(expansion);
  if (typeof rendered !== "string") return rendered;
  const { parts, left } = await attach(rendered, {
    cwd,
    home,
    inside: expansion.attachFrom,
    maxBytes: expansion.attachBytes,
  });
  const more = (await expansion.attach?.(rendered)) ?? [];
  return {
    kind: "prompt",
    parts: rendered === "" ? [heading(command.name, args)] : [heading(command.name, args), rendered],
    attached: [...parts, ...more],
    ...(left.length > 0 && { left }),
    ...(matter.model !== undefined && { model: matter.model }),
    ...(matter.effort !== undefined && { effort: matter.effort }),
  };
}

/** The body with everything in its place; or the refusal. */
async function render(expansion: Expansion): Promise<string | Result> {
  const { body, args, matter, base } = expansion;
  const given: Arguments = { raw: args, names: matter.names, base };
  const pieces: string[] = [];
  let used = false;
  let at = 0;
  const prose = (text: string): void => {
    const done = substitute(text, given, (value) => defuse(value.text));
    used ||= done.used;
    pieces.push(variables(done.text, expansion));
  };
  // Blocks are found before anything typed goes in, so that typed text can never make one.
  for (const block of blocksOf(body)) {
    prose(body.slice(at, block.start));
    at = block.end;
    const shell = fill(block, given, expansion);
    if (typeof shell === "string") return failed("placing arguments failed", block.source, shell);
    used ||= shell.used;
    const reason = whyNotAllowed(shell.text, rulesFor(expansion), { cwd: expansion.cwd, home: expansion.home });
    if (reason !== undefined) return failed("permission check failed", shell.source, reason);
    const answer = await expansion.shell(shell.text);
    if (!answer.ok) return failed("failed", shell.source, answer.why);
    pieces.push(answer.output);
  }
  prose(body.slice(at));
  const { command } = expansion;
  if (command.skill) pieces.unshift(`Base directory for this skill: ${dirname(command.file)}\n\n`);
  const text = pieces.join("");
  return used ? text : append(text, args);
}

function rulesFor({ rules, matter }: Expansion): Rules {
  return { allow: [...rules.allow, ...matter.allowedTools], deny: rules.deny };
}

interface Filled {
  readonly text: string;
  /** The block as written, with its values in it: what a refusal shows. */
  readonly source: string;
  readonly used: boolean;
}

/** Stands for a value while a block is cut at its values; no shell text holds it. */
const MARK = "\u0001";

/** A block's shell with its values; text: why they cannot go in. */
function fill(block: Block, given: Arguments, expansion: Expansion): Filled | string {
  const values: Value[] = [];
  const { text: marked, used } = substitute(block.command.replaceAll(MARK, ""), given, (value) => {
    values.push(value);
    return MARK;
  });
  const woven = marked.split(MARK).flatMap((text, index): Piece[] => {
    const value = values[index];
    const shell = variables(text, expansion);
    return value === undefined ? [shell] : [shell, value];
  });
  try {
    const text = expansion.quoteShell
      ? quoteInto(woven)
      : woven.map((piece) => (typeof piece === "string" ? piece : defuse(piece.text))).join("");
    return { text, source: block.source.replace(block.command, () => text), used };
  } catch (error) {
    if (error instanceof Unplaceable) return `the typed text cannot be put here safely: ${error.message}`;
    throw error;
  }
}

function failed(how: string, source: string, why: string): Result {
  return { kind: "refused", text: `Shell command ${how} for pattern "${source}": ${why}`.trimEnd() };
}

/** The variables of Claude Code, wherever they stand; the last only in skills. */
function variables(text: string, { command, matter, cwd, session, effort }: Expansion): string {
  const values: Record<string, string | undefined> = {
    CLAUDE_SESSION_ID: session,
    CLAUDE_PROJECT_DIR: cwd,
    CLAUDE_EFFORT: matter.effort ?? effort ?? "medium",
    CLAUDE_SKILL_DIR: command.skill ? dirname(command.file) : undefined,
  };
  return text.replace(/\$\{(CLAUDE_[A-Z_]+)\}/g, (match, name: string) => values[name] ?? match);
}
