/** Shell text in the forms in which Codex has it. */
import { shellWord } from "../../lib/shell-word.ts";

const SHELL = /(?:^|\/)(?:bash|sh|zsh|dash)$/;
const RUN = /^-[a-z]*c$/;

/** The text that a list of words runs: the script of `bash -lc SCRIPT`, or the words themselves. */
export function argvOf(argv: readonly string[]): string {
  return isScript(argv) ? (argv[2] ?? "") : argv.map(shellWord).join(" ");
}

/** The same list with another text to run. */
export function shellArgv(argv: readonly string[], command: string): readonly string[] {
  return isScript(argv) ? [argv[0] ?? "", argv[1] ?? "", command] : ["bash", "-lc", command];
}

function isScript(argv: readonly string[]): boolean {
  return argv.length === 3 && SHELL.test(argv[0] ?? "") && RUN.test(argv[1] ?? "");
}

/** A patch that is given to `apply_patch` as a heredoc. */
export interface Heredoc {
  /** Where its paths count from, if not from where the command runs. */
  readonly folder: string | undefined;
  readonly patch: string;
  /** The text around it. */
  readonly before: string;
  readonly behind: string;
}

const PLACE = String.raw`(?:cd\s+([\w@%+=:,./-]+|'[^'\n]*')\s*&&\s*)?`;
const QUOTED = String.raw`(['"])(\w+)\3`;
const OPEN = String.raw`^(\s*${PLACE}(?:apply_patch|applypatch)\s*<<\s*(?:${QUOTED}|(\w+))[ \t]*\n)`;
const HEREDOC = new RegExp(String.raw`${OPEN}([\s\S]*?)(\n(?:\4|\5)\s*)$`);

/**
 * Undefined for whatever does anything beside: more commands, or text that a shell would put something else in the place
 * of. Then it is a shell command to hooks, patch and all.
 */
export function heredocOf(command: string): Heredoc | undefined {
  const [, before, place, , quotedEnd, end, patch, behind] = HEREDOC.exec(command) ?? [];
  if (before === undefined || patch === undefined || behind === undefined) return undefined;
  if (behind.trim() !== (quotedEnd ?? end)) return undefined;
  if (end !== undefined && /[$`\\]/.test(patch)) return undefined;
  return { folder: place?.replace(/^'(.*)'$/, "$1"), before, patch, behind };
}
