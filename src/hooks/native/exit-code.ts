/**
 * The exit code of a shell command. Codex (0.169) tells its hooks the output only, but it writes how the command ended
 * into its record of the conversation (the `transcript_path` of its hooks) just before it calls them.
 */
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** How much of the end of the record is looked at; a command's output stands in it cut. */
const TAIL = 1024 * 1024;
/** The record is written behind the hook's back: it is looked at again after these times, in ms. */
const LOOKS = [0, 5, 15, 40];

/** undefined where it cannot be told: a command that still runs in the background, or an older Codex. */
export async function exitCodeOf(record: string, id: string): Promise<number | undefined> {
  for (const wait of LOOKS) {
    if (wait > 0) await sleep(wait);
    const code = find(await tailOf(record), id);
    if (code !== undefined) return code;
  }
  return undefined;
}

function find(text: string, id: string): number | undefined {
  const needle = JSON.stringify(id);
  for (let at = text.lastIndexOf(needle); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(needle, at - 1)) {
    const end = text.indexOf("\n", at);
    // Inside of an output the quotes would be escaped.
    const code = /"exit_code":(-?\d+)/.exec(text.slice(at, end < 0 ? undefined : end))?.[1];
    if (code !== undefined) return Number(code);
  }
  return undefined;
}

async function tailOf(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return "";
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - TAIL);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
