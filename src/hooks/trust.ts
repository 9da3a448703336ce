/** The fingerprint by which a project's hooks are trusted: the handlers themselves, and the project's scripts they name. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { isInside } from "../lib/inside.ts";
import type { Handler } from "./hook.ts";

/** What the list of trusted files says: this content, another content, or nothing. */
export type Trust = "trusted" | "changed" | "unknown";
export type AskTrust = (file: string, digest: string) => Promise<Trust>;

/** A script larger than this cannot be checked, and is never the same twice. */
const MOST_BYTES = 4 * 1024 * 1024;

/** @param handlers all of one file */
export function digestOf(handlers: readonly Handler[], project: string): string {
  const hash = createHash("sha256");
  const scripts = new Set<string>();
  for (const { event, matcher, kind, name, options } of handlers) {
    hash.update(JSON.stringify([event, matcher ?? null, kind, name, options]));
    for (const text of [name, ...(options.args ?? [])]) for (const file of namedFiles(text, project)) scripts.add(file);
  }
  for (const file of [...scripts].toSorted()) {
    hash.update(`\n${file}\n`);
    hash.update(readFileSync(file));
  }
  return hash.digest("hex");
}

/** Files of the project that a command's text names, as far as that can be told without running it. */
function namedFiles(text: string, project: string): string[] {
  const filled = text.replaceAll(/"?\$(?:CLAUDE_PROJECT_DIR|\{CLAUDE_PROJECT_DIR\})"?/g, project);
  const words = filled.split(/[\s"'`;|&<>()=]+/).filter((word) => /[./\w]/.test(word));
  const paths = words.map((word) => (isAbsolute(word) ? resolve(word) : join(project, word)));
  return paths.filter((path) => isInside(path, project) && isSmallFile(path));
}

function isSmallFile(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size <= MOST_BYTES;
}
