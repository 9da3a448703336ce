/** `codex-plus sessions resume ID`: Codex goes on with a conversation, through the proxy, where it was held. */
import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { CodexPlusError } from "../../errors.ts";
import type { ThreadRow } from "../../sessions/ledger.ts";
import { verb } from "../flags.ts";
import { oneLine } from "../terminal/text.ts";
import { threadOf } from "./find.ts";
import { withReader } from "./open.ts";
import { titleOf } from "./title.ts";

/** Ids of ours, for conversations of clients that gave none; and what Codex would take for one of its flags. */
const NOT_CODEX = /^(?:cp_|-)/;

export function resumeCommand(): Command {
  return verb("resume", "go on with a conversation in Codex; all that follows the id goes to codex as it stands", [
    "sessions resume last",
    "sessions resume 01a2b3c4 -m gpt-6.1-sol",
  ])
    .argument("<id>", "any beginning of its id, or `last`")
    .argument("[codex...]", "arguments of `codex resume`")
    .passThroughOptions()
    .action(resume);
}

async function resume(typed: string, args: readonly string[]): Promise<void> {
  const thread = await withReader((reader) => {
    const found = threadOf(reader, typed);
    return found.kind === "user" ? found : (reader.thread(found.root) ?? found);
  });
  if (NOT_CODEX.test(thread.id))
    throw new CodexPlusError(
      "CP_USAGE",
      `${oneLine(thread.id)} is not a conversation of Codex: ${client(thread)} held it`,
    );
  const folder = await folderOf(thread);
  console.error(
    `codex-plus: going on with “${titleOf(thread)}”${folder === undefined ? "" : ` in ${oneLine(folder)}`}.`,
  );
  if (folder === undefined && thread.cwd !== undefined)
    console.error(`codex-plus: its folder ${oneLine(thread.cwd)} is gone; opening it here.`);
  const { runCodex } = await import("../run.ts");
  await runCodex(["resume", thread.id, ...args], {}, folder);
}

const client = (thread: ThreadRow): string => oneLine(thread.client ?? "another client");

/** The folder it was held in, where that is still there. */
async function folderOf({ cwd }: ThreadRow): Promise<string | undefined> {
  if (cwd === undefined) return undefined;
  const entry = await stat(cwd).catch(() => undefined);
  return entry?.isDirectory() ? cwd : undefined;
}
