/** `codex-plus sessions stats`: turns, tokens, latency and errors, by day, model or project. */
import { type Command, Option, type OptionValues } from "commander";
import { elapsed, share, short } from "../../lib/amounts.ts";
import type { Percentiles, StatsBy, StatsRow } from "../../sessions/store.ts";
import { verb } from "../flags.ts";
import { bar } from "../terminal/bar.ts";
import { print } from "../terminal/print.ts";
import { type Column, tableLines } from "../terminal/table.ts";
import { oneLine } from "../terminal/text.ts";
import { filterOf, withFilters } from "./filters.ts";
import { withReader } from "./open.ts";

/** How wide the bar of the most used is. */
const BAR = 20;

export function statsCommand(): Command {
  const command = verb("stats", "turns, tokens, cached share, latency and errors", [
    "sessions stats",
    "sessions stats --by model --since 30d",
    "sessions stats --by project --json",
  ]);
  return withFilters(command)
    .addOption(new Option("--by <what>", "a row for each").choices(["day", "model", "project"]).default("day"))
    .option("--json", "print them as JSON")
    .action(stats);
}

async function stats(flags: OptionValues): Promise<void> {
  const by: StatsBy = flags.by;
  await withReader(async (reader) => {
    const found = reader.stats(by, filterOf(flags));
    if (flags.json) return console.log(JSON.stringify(found, null, 2));
    if (found.length === 0) return console.log("No turns.");
    const most = Math.max(...found.map(tokens));
    const mcp = found.some(({ calls }) => calls > 0);
    const rows = found.map((row) => [...cells(row, mcp), bar(tokens(row), most, BAR)]);
    const sum = found.length > 1 ? [[...cells(total(found), mcp), ""]] : [];
    await print(tableLines(columns(by, mcp), [...rows, ...sum]));
  });
}

/** @param mcp whether any tool of an MCP server was called */
const columns = (by: StatsBy, mcp: boolean): readonly Column[] => [
  { head: by, most: 40, cut: "start" },
  { head: "turns", right: true },
  { head: "in", right: true },
  { head: "cached", right: true, spare: 1 },
  { head: "out", right: true },
  { head: "errors", right: true, spare: 2 },
  ...(mcp ? [{ head: "MCP calls", right: true, spare: 3 }] : []),
  { head: "first byte", right: true, spare: 4 },
  { head: "p95", right: true, spare: 6 },
  { head: "turn", right: true, spare: 5 },
  { head: "p95", right: true, spare: 6 },
  { head: "tokens", most: BAR, spare: 7, style: "cyan" },
];

function cells({ key, turns, usage, errors, calls, failedCalls, firstByteMs, ms }: StatsRow, mcp: boolean): string[] {
  const time = (of: Percentiles | undefined, which: keyof Percentiles): string =>
    of === undefined ? "" : elapsed(of[which]);
  return [
    oneLine(key) || "not told",
    String(turns),
    short(usage.input),
    share(usage.cached, usage.input),
    short(usage.output),
    String(errors),
    ...(mcp ? [failedCalls === 0 ? String(calls) : `${calls} (${failedCalls} failed)`] : []),
    time(firstByteMs, "p50"),
    time(firstByteMs, "p95"),
    time(ms, "p50"),
    time(ms, "p95"),
  ];
}

const tokens = ({ usage }: StatsRow): number => usage.input + usage.output;

/** All rows in one. Percentiles do not add up. */
function total(rows: readonly StatsRow[]): StatsRow {
  const sum = (of: (row: StatsRow) => number): number => rows.reduce((all, row) => all + of(row), 0);
  return {
    key: "all",
    turns: sum(({ turns }) => turns),
    usage: {
      input: sum(({ usage }) => usage.input),
      cached: sum(({ usage }) => usage.cached),
      output: sum(({ usage }) => usage.output),
      reasoning: sum(({ usage }) => usage.reasoning),
    },
    errors: sum(({ errors }) => errors),
    calls: sum(({ calls }) => calls),
    failedCalls: sum(({ failedCalls }) => failedCalls),
    firstByteMs: undefined,
    ms: undefined,
  };
}
