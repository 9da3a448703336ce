/** `codex-plus sessions`: what is done with recorded conversations. One file a verb, below. */
import type { Command } from "commander";
import { verb } from "./flags.ts";
import { deleteCommand } from "./sessions/delete.ts";
import { exportCommand } from "./sessions/export.ts";
import { importCommand } from "./sessions/import.ts";
import { listCommand } from "./sessions/list.ts";
import { pruneCommand } from "./sessions/prune.ts";
import { resumeCommand } from "./sessions/resume.ts";
import { searchCommand } from "./sessions/search.ts";
import { showCommand } from "./sessions/show.ts";
import { statsCommand } from "./sessions/stats.ts";

export function sessionsCommand(): Command {
  const command = verb("sessions", "find, read, export and go on with recorded conversations", [
    "sessions list --cwd",
    'sessions search "connection pool"',
    "sessions show last",
    "sessions resume last",
  ]).enablePositionalOptions();
  const verbs = [
    listCommand(),
    showCommand(),
    searchCommand(),
    exportCommand(),
    importCommand(),
    resumeCommand(),
    deleteCommand(),
    pruneCommand(),
    statsCommand(),
  ];
  for (const one of verbs) command.addCommand(one);
  return command;
}
