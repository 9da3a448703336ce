/** The fingerprint by which a project's hooks are trusted: the handlers themselves, and the project's scripts they name. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { forEachChild, parse, type SyntaxNode } from "unbash";
import { isInside } from "../lib/inside.ts";
import type { Handler } from "./hook.ts";

/** What the list of trusted files says: this content, another content, or nothing. */
export type Trust = "trusted" | "changed" | "unknown";
export type AskTrust = (file: string, digest: string) => Promise<Trust>;

/** Names of programs and of what they load; a name without an ending is one too. */
const CODE =
  /(?:^|[/\\])[^./\\]+$|\.(?:sh|bash|zsh|fish|py|js|mjs|cjs|ts|mts|cts|rb|pl|php|lua|go|ps1|cmd|bat|exe|so|jar)$/i;
/** Of a script larger than this only size and time of change are looked at. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * @param handlers all of one file
 * @param beside what else of the project decides how they run: its variables, for one
 */
export function digestOf(handlers: readonly Handler[], project: string, beside: string): string {
  const hash = createHash("sha256").update(beside);
  const scripts = new Set<string>();
  for (const { event, matcher, kind, name, options } of handlers) {
    hash.update(JSON.stringify([event, matcher ?? null, kind, name, options]));
    for (const text of [name, ...(options.args ?? [])])
      for (const file of namedFiles(text, options.args !== undefined, project)) scripts.add(file);
  }
  // What a script loads, or reaches by `cd`, lies beside it nearly always.
  for (const file of codeOf(project)) scripts.add(file);
  for (const file of [...scripts].toSorted()) hash.update(`\n${file}\n`).update(contentOf(file));
  return hash.digest("hex");
}

/** The programs in the project's hooks folders; what hooks write there (logs, notes, state) is none. */
function codeOf(project: string): string[] {
  return [".claude", ".codexplus"].flatMap((dot) => {
    const folder = join(project, dot, "hooks");
    try {
      const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
      return names
        .filter((name) => CODE.test(name))
        .map((name) => join(folder, name))
        .filter(isFile);
    } catch {
      return [];
    }
  });
}

/** Files of the project that a command's text names, as far as that can be told without running it. @param exec no shell splits it */
function namedFiles(text: string, exec: boolean, project: string): string[] {
  const paths = [...(exec ? [text] : shellWords(text)), ...text.split(/[\s"'`;|&<>()=]+/)]
    .map((word) => word.replaceAll(/\$(?:CLAUDE_PROJECT_DIR|\{CLAUDE_PROJECT_DIR\})/g, () => project))
    .filter((word) => word !== "" && !word.includes("\0"))
    .map((word) => (isAbsolute(word) ? resolve(word) : join(project, word)));
  return paths.filter((path) => isInside(path, project) && isFile(path));
}

/** Its words without their quotes: names with spaces, too. */
function shellWords(text: string): string[] {
  const words: string[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type === "Word") words.push(node.value);
    forEachChild(node, visit);
  };
  try {
    visit(parse(text));
  } catch {
    // What is no shell has been split at its spaces.
  }
  return words;
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}

/** Also behind a link: what counts is what would run. */
function contentOf(file: string): Buffer | string {
  try {
    const { size, mtimeMs } = statSync(file);
    return size <= MOST_BYTES ? readFileSync(file) : `${size} ${mtimeMs}`;
  } catch (error) {
    return `cannot be read: ${(error as NodeJS.ErrnoException).code}`;
  }
}
