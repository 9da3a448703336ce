/**
 * `hooks.jsonl`: how each run of a hook went, a line each, for `codex-plus hooks` and `hooks log`. Neither what hooks are
 * told nor what they print stands in it, but for the reason a person should know.
 */
import { appendFile, mkdir, readFile, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { HookInput, Run } from "./hook.ts";

const lineSchema = z.looseObject({
  /** ms since 1970 */
  at: z.number(),
  event: z.string(),
  /** The command, the address or the file. */
  handler: z.string(),
  /** The file it stands in. */
  file: z.string(),
  kind: z.string(),
  session: z.string(),
  tool: z.string().optional(),
  ms: z.number(),
  outcome: z.enum(["ok", "blocked", "failed", "timeout", "async"]),
  note: z.string().optional(),
});
export type RunLine = z.output<typeof lineSchema>;

/** A log of this size is set aside, and a new one begun; so is kept at most twice that. In bytes: about 20,000 runs. */
const FULL = 4 * 1024 ** 2;
const MOST_NOTE = 500;

export function lineOf({ handler, at, ms, outcome, note }: Run, { session_id, tool_name }: HookInput): RunLine {
  return {
    at,
    event: handler.event,
    handler: handler.name,
    file: handler.file,
    kind: handler.kind,
    session: session_id,
    ...(tool_name === undefined ? {} : { tool: tool_name }),
    ms: Math.round(ms * 10) / 10,
    outcome,
    ...(note === undefined ? {} : { note: note.slice(0, MOST_NOTE) }),
  };
}

export class RunLog {
  readonly #path: string;
  #waiting = "";
  #writing: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Never throws; a log that cannot be written loses lines. */
  note(run: Run, input: HookInput): void {
    this.#waiting += `${JSON.stringify(lineOf(run, input))}\n`;
    this.#writing ??= this.#write();
  }

  /** Waits for what is noted. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      while (this.#waiting !== "") {
        const text = this.#waiting;
        this.#waiting = "";
        if ((await sizeOf(this.#path)) > FULL) await rename(this.#path, aside(this.#path));
        await appendFile(this.#path, text, { mode: 0o600 });
      }
    } catch {
      this.#waiting = "";
    } finally {
      this.#writing = undefined;
    }
  }
}

/** The last lines of the log, oldest first; none where there is no log. @param most how many at most */
export async function lastRuns(path: string, most: number): Promise<RunLine[]> {
  const now = linesIn(await textOf(path));
  const all = now.length < most ? [...linesIn(await textOf(aside(path))), ...now] : now;
  return most === Number.POSITIVE_INFINITY ? all : all.slice(-most);
}

/** Lines of a log's text; what is none is passed over. */
export function linesIn(text: string): RunLine[] {
  return text.split("\n").flatMap((line) => {
    try {
      const read = lineSchema.safeParse(JSON.parse(line));
      return read.success ? [read.data] : [];
    } catch {
      return [];
    }
  });
}

const aside = (path: string): string => `${path}.1`;

async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
