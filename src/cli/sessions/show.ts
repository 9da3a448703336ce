/** `codex-plus sessions show ID`: one conversation, to be read. */
import type { Command, OptionValues } from "commander";
import { exportSession } from "../../sessions/export/index.ts";
import type { Reader } from "../../sessions/store.ts";
import { verb } from "../flags.ts";
import { print, readerMayLeave } from "../terminal/print.ts";
import { threadOf } from "./find.ts";
import { withReader } from "./open.ts";
import { transcript } from "./transcript.ts";

export function showCommand(): Command {
  return verb("show", "one conversation, to be read", [
    "sessions show last",
    "sessions show 01a2b3c4 --tools",
    "sessions show last --raw | jq .type",
  ])
    .argument("<id>", "any beginning of its id, or `last`")
    .option("--tools", "all that tools were given and gave back, not only a glance")
    .option("--raw", "its items as they were on the wire, one JSON text a line")
    .option("--json", "the document that `export` writes")
    .action(show);
}

async function show(typed: string, flags: OptionValues): Promise<void> {
  await withReader(async (reader, config) => {
    const thread = threadOf(reader, typed);
    const { mask } = config.sessions;
    const wanted = { format: "json", mask, to: process.stdout } as const;
    if (flags.json) await readerMayLeave(exportSession(reader, thread.id, wanted));
    else if (flags.raw) await print(bodies(reader, thread.id));
    else await print(transcript(reader, thread, { tools: Boolean(flags.tools) }));
  });
}

function* bodies(reader: Reader, id: string): Generator<string> {
  for (const { body } of reader.items(id)) yield body;
}
