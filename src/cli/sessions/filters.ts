/** Which conversations: the flags that list, search, export and stats share. */
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { Command, OptionValues } from "commander";
import type { ThreadFilter } from "../../sessions/store.ts";
import { moment, whole } from "./moments.ts";

export function withFilters(command: Command): Command {
  return command
    .option("--cwd [dir]", "of that folder (default: this one) and those below it")
    .option("--since <when>", "used since then: 2026-11-01, 7d, 12h", moment)
    .option("--before <when>", "used before then", moment)
    .option("--model <name>", "any part of the model's name")
    .option("--client <name>", "any part of the client's name: codex-tui, codex_exec");
}

export function withLimit(command: Command, most: number): Command {
  return command.option("--limit <n>", "at most so many, 0 for all", whole, most);
}

/** What was asked for. Without a limit. */
export function filterOf(flags: OptionValues): ThreadFilter {
  const { cwd, since, before, model, client } = flags;
  return { since, before, model, client, cwd: cwd === undefined ? undefined : folder(cwd === true ? "." : cwd) };
}

/** The folder as Codex tells it, links resolved; it need not exist any more. */
function folder(named: string): string {
  const path = resolve(named);
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
