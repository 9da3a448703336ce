/** `codex-plus sessions list`: conversations, newest first. */
import type { Command, OptionValues } from "commander";
import { moment, short } from "../../lib/amounts.ts";
import type { ThreadKind, ThreadRow } from "../../sessions/ledger.ts";
import { verb } from "../flags.ts";
import { print } from "../terminal/print.ts";
import { type Column, tableLines } from "../terminal/table.ts";
import { oneLine } from "../terminal/text.ts";
import { filterOf, withFilters, withLimit } from "./filters.ts";
import { shortIds } from "./find.ts";
import { ALL, withReader } from "./open.ts";
import { titleOf } from "./title.ts";

const KINDS: readonly ThreadKind[] = ["user", "subagent", "review", "title", "guardian", "memory", "sample", "other"];

export function listCommand(): Command {
  const command = verb("list", "conversations, newest first", [
    "sessions list",
    "sessions list --cwd --since 7d",
    "sessions list --json --limit 0 | jq '.[].id'",
  ]);
  return withLimit(withFilters(command), 20)
    .option("--all", "sub-agents, reviews, titles and other side requests too")
    .option("--json", "print them as JSON")
    .action(list);
}

async function list(flags: OptionValues): Promise<void> {
  await withReader(async (reader) => {
    const most: number = flags.limit || ALL;
    // One more tells whether there are more.
    const found = reader.threads({ ...filterOf(flags), limit: most + 1, ...(flags.all && { kinds: KINDS }) });
    const shown = found.slice(0, most);
    if (flags.json) return console.log(JSON.stringify(shown, null, 2));
    if (shown.length === 0) return console.log("No conversations.");
    await print(tableLines(columns(flags.all), rows(shown, flags.all)));
    if (found.length > shown.length) console.error(`More: --limit ${most * 2}, or 0 for all.`);
  });
}

function columns(all: boolean): readonly Column[] {
  return [
    { head: "id", style: "cyan" },
    ...(all ? [{ head: "kind", spare: 2 }] : []),
    { head: "used", style: "dim" },
    { head: "turns", right: true, spare: 3 },
    { head: "tokens", right: true, spare: 4 },
    { head: "model", most: 16, spare: 5 },
    { head: "folder", most: 28, cut: "start", spare: 1 },
    { head: "title", rest: true },
  ];
}

function rows(threads: readonly ThreadRow[], all: boolean): string[][] {
  const ids = shortIds(threads);
  return threads.map((thread, index) => [
    ids[index] ?? thread.id,
    ...(all ? [thread.kind] : []),
    moment(thread.used),
    String(thread.turns),
    short(thread.usage.input + thread.usage.output),
    oneLine(thread.model ?? ""),
    oneLine(thread.cwd ?? ""),
    titleOf(thread),
  ]);
}
