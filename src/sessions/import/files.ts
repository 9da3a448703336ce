/** Codex's own files of conversations: `$CODEX_HOME/sessions/YYYY/MM/DD/rollout-TIME-ID.jsonl`, archived ones beside. */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { parsedFields, textOf } from "../recorder/digest/values.ts";

export interface RolloutFile {
  readonly path: string;
  /** The thread's id, as the name has it. */
  readonly thread: string;
  readonly size: number;
  /** ms since 1970. */
  readonly modified: number;
}

const FOLDERS = ["sessions", "archived_sessions"];
/** Codex packs files that nobody has used for long (`.zst`). */
const NAME = /^rollout-.*?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.jsonl(?:\.zst)?$/i;
const PACKED = ".zst";

/** Whether a file has the name of one of Codex's. */
export function isRollout(path: string): boolean {
  return NAME.test(basename(path));
}

/** @throws NodeJS.ErrnoException where there is none */
export async function rolloutFile(path: string): Promise<RolloutFile> {
  const { size, mtimeMs } = await stat(path);
  return { path, thread: NAME.exec(basename(path))?.[1] ?? basename(path), size, modified: Math.trunc(mtimeMs) };
}

/** All that Codex has in its home, the newest conversations first. */
export async function rolloutFiles(codexHome: string): Promise<RolloutFile[]> {
  const paths = (await Promise.all(FOLDERS.map((folder) => below(join(codexHome, folder))))).flat().filter(isRollout);
  const there = new Set(paths);
  // While it is being packed a file is there twice.
  const once = paths.filter((path) => !path.endsWith(PACKED) || !there.has(path.slice(0, -PACKED.length)));
  const found: RolloutFile[] = [];
  for (const path of once) {
    const file = await rolloutFile(path).catch(() => undefined);
    if (file !== undefined) found.push(file);
  }
  // Names begin with the time of the conversation's start.
  return found.sort((a, b) => (basename(a.path) < basename(b.path) ? 1 : -1));
}

/** The names that threads were given, by their ids; Codex keeps them in `session_index.jsonl`, the last one counts. */
export async function threadNames(codexHome: string): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  try {
    for await (const line of createInterface({ input: createReadStream(join(codexHome, "session_index.jsonl")) })) {
      const { id, thread_name } = parsedFields(line);
      if (typeof id === "string") names.set(id, textOf(thread_name) ?? "");
    }
  } catch {
    // Older versions have none.
  }
  return names;
}

async function below(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}
