/** `codex-plus sync`: commands in Codex's own menu, as thin skills. */
import type { Command, OptionValues } from "commander";
import { carryOut, planSkills } from "../commands/index.ts";
import { folderOf, openCommandFiles } from "./command-files.ts";
import { verb } from "./flags.ts";

export function syncCommand(): Command {
  return verb("sync", "offer the commands in Codex's own menu as $name", ["sync", "sync --dry-run", "sync --undo"])
    .option("--cwd <dir>", "the folder whose project's commands are offered too (default: this one)")
    .option("--dry-run", "only show what would change")
    .option("--undo", "take all skills that sync wrote away")
    .action(sync);
}

async function sync(flags: OptionValues): Promise<void> {
  const { commands, homes } = openCommandFiles();
  const catalog = flags.undo ? undefined : await commands.list(folderOf(flags.cwd));
  const changes = await planSkills(catalog, homes.codex);
  if (!flags.dryRun) await carryOut(changes);
  const done = flags.dryRun ? { write: "would write", remove: "would remove" } : { write: "wrote", remove: "removed" };
  for (const { what, name, file } of changes) {
    if (what === "blocked") console.error(`$${name} is left alone: ${file} is not ours`);
    else if (what !== "keep") console.log(`${done[what]} $${name}: ${file}`);
  }
  if (changes.every(({ what }) => what === "keep")) console.log("Codex's menu is up to date.");
}
