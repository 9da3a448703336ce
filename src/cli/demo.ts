/** `codex-plus demo`: the whole thing on one machine, without an account or a network. */
import type { Command } from "commander";
import { VERSION } from "../lib/version.ts";
import { codexTalk, fetchedCodex } from "./demo/codex.ts";
import { print } from "./demo/print.ts";
import { type Stand, startStand } from "./demo/stand.ts";
import { talk } from "./demo/talk.ts";
import { EXIT, Exit } from "./exit.ts";
import { verb } from "./flags.ts";
import { stopSignal } from "./signals.ts";

interface DemoFlags {
  readonly codex?: boolean;
  readonly once?: boolean;
  readonly port: string;
}

/** Between two words of the scripted model, in ms: readable on a terminal, no time lost elsewhere. */
const PACE = { terminal: 30, elsewhere: 0 };

export function demoCommand(): Command {
  return verb("demo", "try the proxy with an embedded backend: no account, no network", [
    "demo",
    "demo --codex   # with the real Codex CLI, fetched from npm",
    "demo --once    # end after the conversation",
  ])
    .option("--codex", "run the real Codex CLI (fetched into a cache folder, 400 MB) in place of the built-in client")
    .option("--once", "end after the conversation: exit code 0, or 1 and what failed")
    .option("--port <n>", "port of the proxy, 0 for any free one", "0")
    .action(demo);
}

async function demo(flags: DemoFlags): Promise<void> {
  const codex = flags.codex ? await fetchedCodex() : undefined;
  const stopped = stopSignal();
  const stand = await startStand(flags.port, process.stdout.isTTY ? PACE.terminal : PACE.elsewhere);
  try {
    print.title(`Codex-Plus ${VERSION}`, "a conversation on this machine: no account, no network");
    print.fact("backend", stand.mock.url, "an embedded ChatGPT backend with a scripted model");
    print.fact("proxy", stand.url, "Codex-Plus, in front of it");
    const leaving = new AbortController();
    const left = stopped.then(() => leaving.abort());
    const failures = await Promise.race([converse(stand, codex, leaving.signal), left]);
    if (!failures) return;
    if (failures.length === 0)
      print.good("Both wires worked, and the backend saw nothing that a real one would refuse.");
    for (const failure of failures) print.bad(failure);
    if (flags.once) {
      if (failures.length > 0) throw new Exit(EXIT.failed);
      return;
    }
    print.line("\n  Both go on running. Point a real Codex at them, in another terminal:");
    print.command(codexLine(stand, codex));
    print.line("  Ctrl-C ends the demo.");
    await stopped;
  } finally {
    await stand.stop();
  }
}

/** Both wires, one after the other. @returns what failed, in words */
async function converse(stand: Stand, codex: string | undefined, leaving: AbortSignal): Promise<string[]> {
  const failures: string[] = [];
  for (const wire of ["sse", "ws"] as const) {
    if (leaving.aborted) break;
    const failed = codex ? codexTalk(stand, codex, wire) : talk(stand, wire);
    failures.push(...(await failed.catch((error: Error) => [`${wire}: ${error.message}`])));
  }
  return [...failures, ...stand.mock.record.violations];
}

/** What to paste. The demo key is in the folder, so that no login is asked for and none of the person's own is used. */
function codexLine(stand: Stand, codex = "codex"): string {
  return `CODEX_HOME='${stand.codexHome("ws")}' '${codex}' -c openai_base_url=${stand.url}`.replace("'codex'", "codex");
}
