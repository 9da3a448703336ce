/** A transcript's file: where it ends, and how it grows. */
import { chmod, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Line } from "./lines.ts";

/** How far the file goes. */
export interface End {
  /** `ItemRow.n` of the last recorded item in it; 0 for none. */
  readonly item: number;
  readonly uuid: string | null;
  /** The ids of lines behind that item, told before they were recorded. */
  readonly ahead: ReadonlySet<string>;
}

/** From the end so much is looked at first, then the whole. */
const TAIL = 64 * 1024;

/** Where the file ends, which is made (0600) if need be. */
export async function endOf(path: string): Promise<End> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, "a+", 0o600);
  try {
    const { size } = await file.stat();
    for (const from of size > TAIL ? [size - TAIL, 0] : [0]) {
      const bytes = Buffer.alloc(size - from);
      await file.read(bytes, 0, bytes.length, from);
      const end = read(bytes.toString("utf8"));
      if (end.item > 0 || from === 0) return end;
    }
  } finally {
    await file.close();
  }
  return { item: 0, uuid: null, ahead: new Set() };
}

/** Puts lines at the end. A piece of a line that an interrupted process left there is ended first. */
export async function append(path: string, lines: readonly Line[]): Promise<void> {
  const file = await open(path, "a+", 0o600);
  try {
    const { size } = await file.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    const start = size > 0 && last.toString() !== "\n" ? "\n" : "";
    await file.appendFile(start + lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  } finally {
    await file.close();
  }
  await chmod(path, 0o600);
}

function read(text: string): End {
  const ahead = new Set<string>();
  let uuid: string | null = null;
  for (const line of text.split("\n").toReversed()) {
    const parsed = parse(line);
    if (parsed === undefined) continue;
    uuid ??= parsed.uuid;
    if (parsed.item !== undefined) return { item: parsed.item, uuid, ahead };
    ahead.add(parsed.uuid);
  }
  return { item: 0, uuid, ahead };
}

/** Undefined for an empty line, or one that is not whole. */
function parse(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}
