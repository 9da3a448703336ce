/** `codex-plus hooks test EVENT`: the real hooks, run on a sample, and what would come of it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Argument, type Command, type OptionValues } from "commander";
import { createHooks } from "../../hooking.ts";
import { EVENTS, type Handler, type HookEvent } from "../../hooks/hook.ts";
import type { Trial } from "../../hooks/index.ts";
import { createLogger } from "../../log.ts";
import { folderOf } from "../command-files.ts";
import { EXIT, Exit } from "../exit.ts";
import { settingsOf, verb } from "../flags.ts";
import { print } from "../terminal/print.ts";
import { warnings } from "./list.ts";
import { type Report, reportLines, skippedOf, toJson } from "./report.ts";
import { sampleOf } from "./sample.ts";

export function testCommand(): Command {
  return verb("test", "run the hooks of an event on a sample; nothing but they is run", [
    `hooks test PreToolUse --tool Bash --input '{"command":"rm -rf /"}'`,
    `hooks test UserPromptSubmit --prompt "my password is 1234"`,
    "hooks test Stop --set stop_hook_active=true",
  ])
    .addArgument(new Argument("<event>", "the event").choices(EVENTS))
    .option("--tool <name>", "of tool events: the tool as Claude Code calls it")
    .option("--input <json>", "of tool events: its input, or @FILE")
    .option("--response <json>", "of PostToolUse: its result, or @FILE")
    .option("--prompt <text>", "of prompt events: what was typed")
    .option("--source <word>", "SessionStart's source, SessionEnd's reason, a compaction's trigger")
    .option("--set <name=value>", "any other field, its value JSON or text", collect, [])
    .option("--cwd <dir>", "the folder that Codex works in (default: this one)")
    .option("--json", "print the result as JSON")
    .action(tryHooks);
}

const collect = (value: string, all: readonly string[]): string[] => [...all, value];

async function tryHooks(event: HookEvent, _: OptionValues, command: Command): Promise<void> {
  const flags = command.optsWithGlobals();
  const project = folderOf(flags.cwd);
  const heard = new Map<Handler, Trial>();
  let wake = (): void => {};
  const hooks = createHooks(settingsOf().config, createLogger("silent"), {
    ran: (trial) => {
      heard.set(trial.run.handler, trial);
      wake();
    },
  });
  const room = await mkdtemp(join(tmpdir(), "codex-plus-try-"));
  const stop = new AbortController();
  process.once("SIGINT", () => {
    stop.abort();
    wake();
  });
  try {
    const transcript = join(room, "transcript.jsonl");
    await writeFile(transcript, "", { mode: 0o600 });
    const input = await sampleOf(event, flags, { cwd: project, transcript });
    const set = await hooks.set(project);
    const verdict = await hooks.fire(event, input, { project, signal: stop.signal });
    // Those in the background are told of when they begin, and again when they have ended.
    while ([...heard.values()].some(({ run }) => run.outcome === "async") && !stop.signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const trials = [...heard.values()];
    const skipped = skippedOf(set, event, input, trials);
    const report: Report = { event, project, input, trials, skipped, verdict };
    if (flags.json) console.log(JSON.stringify(toJson(report), null, 2));
    else await print(reportLines(report));
    if (!flags.json) for (const line of warnings(set, project)) console.error(line);
    if (trials.some(({ run: { outcome } }) => outcome === "failed" || outcome === "timeout")) {
      throw new Exit(EXIT.failed);
    }
  } finally {
    hooks.close();
    await rm(room, { recursive: true, force: true });
  }
}
