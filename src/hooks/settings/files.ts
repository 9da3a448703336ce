/** Settings files as they are now: read again only where they have changed, so that asking costs a look at each. */
import { readFileSync, statSync } from "node:fs";
import type { Layer } from "./layers.ts";
import { type HookFile, NO_HOOKS, parseSettings } from "./parse.ts";

interface Kept {
  /** Inode, size and time of change: what differs when a file has been written anew. */
  readonly stamp: string;
  readonly text: string;
  readonly file: HookFile;
}

/** A file's text with what it says of hooks; undefined where there is no file. */
export type ReadFile = (layer: Layer) => Kept | undefined;

const ABSENT = "";
const MOST_KEPT = 512;

export function settingsFiles(): ReadFile {
  const kept = new Map<string, Kept>();
  return (layer) => {
    const stamp = stampOf(layer.file);
    if (stamp === ABSENT) {
      kept.delete(layer.file);
      return undefined;
    }
    const known = kept.get(layer.file);
    if (known?.stamp === stamp) return known;
    if (kept.size >= MOST_KEPT) kept.clear();
    const now = read(layer, stamp);
    kept.set(layer.file, now);
    return now;
  };
}

function read(layer: Layer, stamp: string): Kept {
  try {
    const text = readFileSync(layer.file, "utf8");
    return { stamp, text, file: parseSettings(text, layer) };
  } catch (error) {
    const what = `none of its hooks runs: ${(error as Error).message}`;
    return { stamp, text: "", file: { ...NO_HOOKS, problems: [{ file: layer.file, what, guards: true }] } };
  }
}

function stampOf(path: string): string {
  try {
    const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
    return stat === undefined ? ABSENT : `${stat.ino} ${stat.size} ${stat.mtimeNs}`;
  } catch (error) {
    // A link to itself, for one: reading it tells of it.
    return String((error as NodeJS.ErrnoException).code);
  }
}
