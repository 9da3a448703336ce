/** `codex-plus hooks`: what would run at which event, from which file, and how it went the last time. */
import { relative } from "node:path";
import type { OptionValues } from "commander";
import { pathsOf } from "../../config/paths.ts";
import { createHooks } from "../../hooking.ts";
import { EVENTS, type Handler, type HookSet, WIRE_EVENTS } from "../../hooks/hook.ts";
import { lastRuns, type RunLine } from "../../hooks/run-log.ts";
import { count, elapsed, moment } from "../../lib/amounts.ts";
import { shellWord } from "../../lib/shell-word.ts";
import { createLogger } from "../../log.ts";
import { folderOf } from "../command-files.ts";
import { settingsOf } from "../flags.ts";
import { print } from "../terminal/print.ts";
import { type Column, tableLines } from "../terminal/table.ts";
import { oneLine } from "../terminal/text.ts";

/** One handler, with what is known of it. */
interface Listed {
  readonly handler: Handler;
  readonly trust: "trusted" | "untrusted" | "changed";
  readonly last: RunLine | undefined;
}

const ORDER: readonly string[] = [...EVENTS, ...WIRE_EVENTS];
/** Among so many of the last runs is looked for that of a handler. */
const LOOKED_AT = 5000;
const COLUMNS: readonly Column[] = [
  { head: "event", style: "cyan" },
  { head: "matcher", most: 24 },
  { head: "runs", rest: true },
  { head: "from", most: 36, cut: "start", spare: 2 },
  { head: "trust", spare: 3 },
  { head: "last run", style: "dim", spare: 1 },
];

export async function list(flags: OptionValues): Promise<void> {
  const folder = folderOf(flags.cwd);
  const { config } = settingsOf();
  const set = await createHooks(config, createLogger("silent")).set(folder);
  const listed = listedOf(set, await lastRuns(pathsOf(config.environment.home).hookLog, LOOKED_AT));
  if (flags.json) return console.log(JSON.stringify(asJson(folder, set, listed), null, 2));
  if (listed.length === 0) {
    console.log("No hooks for this folder. They stand in .claude/settings.json here or at home: see docs/hooks.md.");
  } else {
    const rows = listed.map((one) => row(one, folder));
    await print(tableLines(COLUMNS, rows));
  }
  for (const line of warnings(set, folder)) console.error(line);
}

function listedOf(set: HookSet, runs: readonly RunLine[]): Listed[] {
  const last = new Map(runs.map((run) => [keyOf(run.event, run.handler, run.file), run]));
  const one = (handler: Handler, trust: Listed["trust"]): Listed => {
    return { handler, trust, last: last.get(keyOf(handler.event, handler.name, handler.file)) };
  };
  const all = [
    ...set.handlers.map((handler) => one(handler, "trusted")),
    ...set.untrusted.flatMap(({ handlers, changed }) =>
      handlers.map((handler) => one(handler, changed ? "changed" : "untrusted")),
    ),
  ];
  return all.toSorted((left, right) => ORDER.indexOf(left.handler.event) - ORDER.indexOf(right.handler.event));
}

const keyOf = (...parts: readonly string[]): string => parts.join("\n");

function row({ handler, trust, last }: Listed, folder: string): string[] {
  const { event, matcher, name, args, file } = { ...handler, args: handler.options.args ?? [] };
  return [
    event,
    oneLine(matcher ?? "") || "*",
    (name === file ? placeOf(file, folder) : oneLine([name, ...args].join(" "))) + details(handler),
    placeOf(file, folder),
    trust === "trusted" ? "" : trust === "changed" ? "CHANGED, not run" : "not run",
    last === undefined ? "" : `${last.outcome}, ${elapsed(last.ms)}, ${moment(last.at)}`,
  ];
}

function details({ kind, timeoutMs, options }: Handler): string {
  const told = [
    ...(kind === "command" ? [] : [kind]),
    ...(timeoutMs === undefined ? [] : [`at most ${elapsed(timeoutMs)}`]),
    ...(options.if === undefined ? [] : [`if ${oneLine(options.if)}`]),
    ...(options.async || options.asyncRewake ? ["async"] : []),
    ...(options.onFailure === undefined ? [] : [`blocks when it fails`]),
  ];
  return told.length === 0 ? "" : ` (${told.join(", ")})`;
}

/** What a person has to do something about. Guards that are missing come first. */
export function warnings({ problems, untrusted }: HookSet, folder: string): string[] {
  const loud = problems.filter(({ guards }) => guards);
  const quiet = problems.filter(({ guards }) => !guards);
  const lines = [
    ...loud.map(
      ({ file, what }) => `${placeOf(file, folder)}: ${what}. A guard is missing: what it would have stopped is RUN.`,
    ),
    ...quiet.map(({ file, what }) => `${placeOf(file, folder)}: ${what}`),
    ...untrusted.map(({ file, changed, handlers }) => {
      const why = changed ? "has changed since you trusted it" : "is not trusted";
      return `${placeOf(file, folder)} ${why}: ${count(handlers.length, "hook")} of it not run`;
    }),
  ];
  return untrusted.length === 0 ? lines : [...lines, `Read what they run, and if you trust it: ${trustLine(folder)}`];
}

export function trustLine(folder: string): string {
  return `codex-plus trust ${shellWord(folder)}`;
}

/** A file of the folder by its name in it. */
export function placeOf(file: string, folder: string): string {
  const name = relative(folder, file);
  return name.startsWith("..") ? file : name;
}

function asJson(folder: string, set: HookSet, listed: readonly Listed[]): object {
  return {
    folder,
    hooks: listed.map(({ handler, trust, last }) => ({ ...handler, matcher: handler.matcher ?? "", trust, last })),
    problems: set.problems,
    untrusted: set.untrusted.map(({ handlers: _, ...file }) => file),
    ...(set.untrusted.length > 0 && { trust: trustLine(folder) }),
  };
}
