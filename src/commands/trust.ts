/**
 * What of a project has to be trusted before it runs, and the fingerprint it is trusted by. Markdown without shell is only
 * text for the model and needs none.
 */
import { createHash } from "node:crypto";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Command } from "./command.ts";
import { readHead } from "./front-matter.ts";
import { blocksOf } from "./shell/blocks.ts";

/** What the list of trusted files says: this content, another content, or nothing. */
export type Trust = "trusted" | "changed" | "unknown";
/** Asked with a file and the fingerprint of all that would run. */
export type AskTrust = (file: string, digest: string) => Trust | Promise<Trust>;

/** One file that would run code. */
export interface Trustable {
  readonly command: Command;
  /** The file itself, behind any link. */
  readonly file: string;
  readonly digest: string;
  /** What it does that text does not. */
  readonly why: string;
}

const MOST_FILES = 500;
const MOST_BYTES = 16 * 1024 ** 2;

/**
 * Undefined where no trust is needed. Code is fingerprinted together with all files beside it that are not Markdown,
 * since it may load them; Markdown by itself, with the scripts beside it where it is a skill's.
 * @param text the Markdown's content, where it has been read already
 */
export async function trustable(command: Command, text?: string): Promise<Trustable | undefined> {
  if (command.project === undefined) return undefined;
  const file = await realpath(command.file);
  if (command.kind !== "markdown") {
    return { command, file, digest: await digestOf(command.file, command.root), why: `runs ${command.kind} code` };
  }
  const source = text ?? (await readFile(command.file, "utf8"));
  const shell = blocksOf(readHead(source).body).length > 0;
  if (!shell && !command.strayed) return undefined;
  const why = shell ? "runs shell commands" : "is a link to a file outside the project";
  return { command, file, digest: createHash("sha256").update(source).digest("hex"), why };
}

async function digestOf(file: string, root: string): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.endsWith(".md") && !path.includes("/node_modules/"))
    .toSorted();
  if (paths.length > MOST_FILES) throw new Error(`${root} holds more than ${MOST_FILES} files: they cannot be checked`);
  const hash = createHash("sha256").update(relative(root, file));
  let size = 0;
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined);
    if (!info?.isFile()) continue;
    size += info.size;
    if (size > MOST_BYTES) throw new Error(`${root} holds more than 16 MiB: it cannot be checked`);
    const content = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    hash.update(`\n${relative(root, path)} ${content}`);
  }
  return hash.digest("hex");
}
