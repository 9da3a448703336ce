/** `codex-plus sessions delete ID…`: conversations with all below them, for good. */
import type { Command, OptionValues } from "commander";
import { count } from "../../lib/amounts.ts";
import { verb } from "../flags.ts";
import { agreed } from "../terminal/ask.ts";
import { threadOf } from "./find.ts";
import { going } from "./going.ts";
import { sweepTranscripts } from "./hook-transcripts.ts";
import { withReader, withWriter } from "./open.ts";

export function deleteCommand(): Command {
  return verb("delete", "delete conversations, with their sub-agents and side requests", [
    "sessions delete 01a2b3c4",
    "sessions delete 01a2b3c4 01a2b3c5 --yes",
  ])
    .argument("<id...>", "any beginning of their ids, or `last`")
    .option("-y, --yes", "do not ask")
    .action(remove);
}

async function remove(typed: readonly string[], flags: OptionValues): Promise<void> {
  const found = await withReader((reader) => typed.map((id) => threadOf(reader, id)));
  const threads = [...new Map(found.map((thread) => [thread.id, thread])).values()];
  for (const line of going(threads)) console.log(line);
  await agreed(`Delete ${count(threads.length, "conversation")} for good?`, Boolean(flags.yes), "deleted");
  await withWriter((writer) => writer.remove(threads.map(({ id }) => id)));
  await sweepTranscripts();
  console.log(`Deleted. Files that were exported or saved, and Codex's own in its sessions folder, stay.`);
}
