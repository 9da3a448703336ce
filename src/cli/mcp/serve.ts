/** `codex-plus mcp serve`: all servers of a folder as one, on standard input and output, for any MCP client. */
import type { Command, OptionValues } from "commander";
import { within } from "../../lib/within.ts";
import { folderOf } from "../command-files.ts";
import { settingsOf, verb } from "../flags.ts";
import { withLogFile } from "../log-file.ts";
import { stopSignal } from "../signals.ts";
import { Bridge } from "./bridge.ts";
import { openFar } from "./far.ts";

/** A client whose input has ended is answered for so long, in ms: it may have left. */
const ANSWERS_MS = 10_000;

export function serveCommand(): Command {
  return verb("serve", "be an MCP server on standard input and output that has all servers of a folder", [
    "mcp serve",
    "mcp serve --project ~/work/shop --server memory",
  ])
    .option("--project <folder>", "whose servers (default: this folder)")
    .option("--server <name>", "only this one, with its tools under their own names")
    .action(serve);
}

/** Standard output belongs to the protocol: nothing else is ever printed there. */
async function serve(flags: OptionValues): Promise<void> {
  const config = await withLogFile(settingsOf().config, "mcp-serve");
  const view = { project: folderOf(flags.project), server: flags.server as string | undefined };
  const { StdioServerTransport } = await import("@modelcontextprotocol/sdk/server/stdio.js");
  const bridge = new Bridge(new StdioServerTransport(), (lost) => openFar(config, view, lost));
  const left = new Promise((resolve) => process.stdin.once("end", resolve).once("close", resolve));
  await bridge.start();
  const stopped = stopSignal();
  await Promise.race([left, stopped]);
  // Lines that were piped in get their answers.
  await within(Promise.race([bridge.answered(), stopped]), ANSWERS_MS);
  await bridge.close();
}
