/** `codex-plus sessions prune --older-than 90d`: what nobody has gone on with since, for good. */
import type { Command, OptionValues } from "commander";
import { count } from "../../lib/amounts.ts";
import { verb } from "../flags.ts";
import { agreed } from "../terminal/ask.ts";
import { going } from "./going.ts";
import { sweepTranscripts } from "./hook-transcripts.ts";
import { span } from "./moments.ts";
import { ALL, withReader, withWriter } from "./open.ts";

export function pruneCommand(): Command {
  return verb("prune", "delete conversations that nobody has gone on with for long", [
    "sessions prune --older-than 90d --dry-run",
    "sessions prune --older-than 26w --yes",
  ])
    .requiredOption("--older-than <span>", "not used for so long: 90d, 12h, 26w", span)
    .option("--dry-run", "only show them")
    .option("-y, --yes", "do not ask")
    .action(prune);
}

async function prune(flags: OptionValues): Promise<void> {
  const before = Date.now() - flags.olderThan;
  const threads = await withReader((reader) => reader.threads({ unusedSince: before, limit: ALL }));
  if (threads.length === 0) return console.log("Nothing is that old.");
  for (const line of going(threads)) console.log(line);
  if (flags.dryRun) return console.log(`${count(threads.length, "conversation")} would be deleted.`);
  await agreed(`Delete ${count(threads.length, "conversation")} for good?`, Boolean(flags.yes), "deleted");
  await withWriter((writer) => writer.prune(before));
  await sweepTranscripts();
  console.log("Deleted. Files that were exported or saved, and Codex's own in its sessions folder, stay.");
}
