/** `codex-plus hooks`: what of a person's hooks would run, how it ran, and what it would say. One file a verb, below. */
import type { Command } from "commander";
import { verb } from "./flags.ts";
import { list } from "./hooks/list.ts";
import { logCommand } from "./hooks/log.ts";
import { testCommand } from "./hooks/test.ts";

export function hooksCommand(): Command {
  const command = verb("hooks", "list the hooks that run for a folder, try them, and read how they went", [
    "hooks",
    "hooks --cwd ~/project --json",
    `hooks test PreToolUse --tool Bash --input '{"command":"rm -rf /"}'`,
    "hooks log --follow",
  ])
    .option("--cwd <dir>", "the folder that Codex works in (default: this one)")
    .option("--json", "print the list as JSON")
    .enablePositionalOptions()
    .action(list);
  command.addCommand(testCommand());
  command.addCommand(logCommand());
  return command;
}
