/** `codex-plus trust`: which projects' commands may run code. */
import { confirm, isCancel } from "@clack/prompts";
import type { Command, OptionValues } from "commander";
import { type Trustable, trustable } from "../commands/index.ts";
import { type CommandFiles, folderOf, openCommandFiles } from "./command-files.ts";
import { EXIT, Exit } from "./exit.ts";
import { verb } from "./flags.ts";

export function trustCommand(): Command {
  return verb("trust", "let a project's commands run code, as they are now; shows them and asks first", [
    "trust                # the project here",
    "trust --list",
    "trust --remove ~/project",
  ])
    .argument("[dir]", "the project (default: this folder)")
    .option("--list", "show what is trusted")
    .option("--remove", "trust the project no longer")
    .option("-y, --yes", "do not ask")
    .action(run);
}

async function run(dir: string | undefined, flags: OptionValues): Promise<void> {
  const room = openCommandFiles();
  if (flags.list) {
    await printList(room);
    return;
  }
  const folder = folderOf(dir);
  if (flags.remove) {
    const gone = await room.trust.remove(folder);
    return console.log(gone ? `${folder} is trusted no longer.` : `${folder} was not trusted.`);
  }
  const found = await codeIn(room, folder);
  if (found.length === 0) return console.log(`No command of ${folder} runs code: there is nothing to trust.`);
  for (const { command, file, why } of found) console.log(`/${command.name} ${why}: ${file}`);
  await ask(flags);
  await room.trust.add(folder, new Map(found.map(({ file, digest }) => [file, digest])));
  console.log(
    `Trusted as they are now; whatever changes is asked about again. To take it back: codex-plus trust --remove`,
  );
}

/** All of a project's commands that run code. */
async function codeIn({ commands }: CommandFiles, folder: string): Promise<Trustable[]> {
  const catalog = await commands.list(folder);
  const found = await Promise.all([...new Set(catalog.commands.values())].map((command) => trustable(command)));
  return found.filter((one) => one !== undefined);
}

async function printList({ trust }: CommandFiles): Promise<void> {
  const folders = await trust.list();
  if (folders.length === 0) console.log("No project is trusted.");
  for (const { folder, at, files } of folders) {
    console.log(`${folder} (${at})`);
    for (const file of files.keys()) console.log(`  ${file}`);
  }
}

async function ask(flags: OptionValues): Promise<void> {
  if (flags.yes) return;
  if (!process.stdin.isTTY) {
    console.error("Nothing was changed: there is nobody to ask. To trust them: codex-plus trust --yes");
    throw new Exit(EXIT.usage);
  }
  const answer = await confirm({ message: "Let these run?", initialValue: false });
  if (!isCancel(answer) && answer) return;
  console.error("Nothing was changed.");
  throw new Exit(EXIT.failed);
}
