/** `codex-plus hooks log`: how hooks ran, oldest first. */
import { open } from "node:fs/promises";
import { styleText } from "node:util";
import type { Command, OptionValues } from "commander";
import { pathsOf } from "../../config/paths.ts";
import { lastRuns, linesIn, type RunLine } from "../../hooks/run-log.ts";
import { elapsed, moment } from "../../lib/amounts.ts";
import { settingsOf, verb } from "../flags.ts";
import { whole } from "../sessions/moments.ts";
import { print } from "../terminal/print.ts";
import { oneLine, wrapped } from "../terminal/text.ts";

/** How often the file is looked at, in ms. */
const LOOK_MS = 300;
const MARKS = { ok: "green", async: "green", blocked: "yellow", failed: "red", timeout: "red" } as const;

export function logCommand(): Command {
  return verb("log", "how hooks ran: when, which, how long, and with what outcome", [
    "hooks log",
    "hooks log --follow",
    "hooks log -n 0 --json | jq 'select(.outcome==\"failed\")'",
  ])
    .option("-n, --limit <n>", "the last so many, 0 for all", whole, 50)
    .option("-f, --follow", "go on with what happens from now on, until Ctrl-C")
    .option("--json", "one JSON object a line")
    .action(log);
}

async function log(_: OptionValues, command: Command): Promise<void> {
  const flags = command.optsWithGlobals();
  const path = pathsOf(settingsOf().config.environment.home).hookLog;
  const lines = (runs: readonly RunLine[]): string[] =>
    runs.flatMap((run) => (flags.json ? [JSON.stringify(run)] : told(run)));
  const from = flags.follow ? await sizeOf(path) : 0;
  const runs = await lastRuns(path, flags.limit || Number.POSITIVE_INFINITY);
  if (runs.length === 0 && !flags.json) console.error("No hook has run yet.");
  if (!flags.follow) return print(lines(runs));
  for (const line of lines(runs)) console.log(line);
  for await (const text of growth(path, from)) for (const line of lines(linesIn(text))) console.log(line);
}

function told({ at, event, tool, handler, ms, outcome, note }: RunLine): string[] {
  const what = tool === undefined ? event : `${event}:${oneLine(tool)}`;
  const head = `${styleText("dim", moment(at))}  ${styleText(MARKS[outcome], outcome.padEnd(7))}  ${elapsed(ms).padStart(6)}  ${what}  ${oneLine(handler)}`;
  return [head, ...(note === undefined ? [] : wrapped(styleText("dim", oneLine(note)), "    "))];
}

/** Whole lines that come to a file, which may be set aside for a new one. Never ends. */
async function* growth(path: string, from: number): AsyncGenerator<string> {
  let at = from;
  let rest = "";
  for (;;) {
    const size = await sizeOf(path);
    if (size < at) [at, rest] = [0, ""];
    if (size > at) {
      const text = rest + (await read(path, at, size));
      at = size;
      const end = text.lastIndexOf("\n") + 1;
      rest = text.slice(end);
      if (end > 0) yield text.slice(0, end);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function read(path: string, from: number, to: number): Promise<string> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(to - from);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    return bytes.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return 0;
  const { size } = await file.stat();
  await file.close();
  return size;
}
