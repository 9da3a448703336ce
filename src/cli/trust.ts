/** `codex-plus trust`: which projects' commands, hooks and MCP servers may run code. */
import { confirm, isCancel } from "@clack/prompts";
import type { Command, OptionValues } from "commander";
import { type Trustable, trustable } from "../commands/index.ts";
import { createHooks } from "../hooking.ts";
import type { Handler } from "../hooks/hook.ts";
import { createLogger } from "../log.ts";
import type { ProjectFile } from "../mcp/sources/index.ts";
import { type CommandFiles, folderOf, openCommandFiles } from "./command-files.ts";
import { EXIT, Exit } from "./exit.ts";
import { settingsOf, verb } from "./flags.ts";
import { problemLine } from "./mcp/list.ts";
import { meet } from "./mcp/meeting.ts";
import { openServers } from "./mcp/open.ts";
import { deed } from "./mcp/shown.ts";
import { oneLine } from "./terminal/text.ts";

const OF_PROJECTS: ReadonlySet<Handler["layer"]> = new Set(["local", "project", "plus-project"]);

export function trustCommand(): Command {
  return verb(
    "trust",
    "let a project's commands, hooks and MCP servers run, as they are now; shows them and asks first",
    ["trust                # the project here", "trust --list", "trust --remove ~/project"],
  )
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
  const hooks = await hooksIn(room, folder);
  const servers = openServers(folder);
  const ofServers = await servers.sources.files(folder);
  // A file with a mistake in it may be why there is nothing to trust.
  for (const problem of (await servers.sources.set(folder)).problems) console.error(problemLine(servers, problem));
  if (found.length + hooks.lines.length + ofServers.length === 0) {
    return console.log(`No command, no hook and no MCP server of ${folder} runs code: there is nothing to trust.`);
  }
  const commands = found.map(({ command, file, why }) => `/${command.name} ${why}: ${file}`);
  // A name that moves the cursor could take another line away from under the person's eyes.
  for (const line of [...commands, ...hooks.lines, ...ofServers.flatMap(serverLines)]) console.log(oneLine(line));
  await ask(flags);
  const files = [...found, ...ofServers].map(({ file, digest }) => [file, digest] as const);
  await room.trust.add(folder, new Map([...files, ...hooks.files]));
  console.log(
    `Trusted as they are now; whatever changes is asked about again. To take it back: codex-plus trust --remove`,
  );
  const names = ofServers.flatMap(({ definitions }) => definitions.map(({ name }) => name));
  if (servers.config.mcp.enabled && names.length > 0) await meet(servers, names);
}

/** What each server of a file makes happen. */
function serverLines({ file, definitions }: ProjectFile): string[] {
  return definitions.map(({ name, config }) => `MCP server ${name} ${deed(config)}: ${file}`);
}

/** All of a project's commands that run code. */
async function codeIn({ commands }: CommandFiles, folder: string): Promise<Trustable[]> {
  const catalog = await commands.list(folder);
  const found = await Promise.all([...new Set(catalog.commands.values())].map((command) => trustable(command)));
  return found.filter((one) => one !== undefined);
}

/** The project's hooks, a line each, and the files they stand in with what these are trusted by. */
async function hooksIn(
  { trust }: CommandFiles,
  folder: string,
): Promise<{ lines: string[]; files: [string, string][] }> {
  const { handlers, untrusted } = await createHooks(settingsOf().config, createLogger("silent")).set(folder);
  const known = (await trust.list()).find((one) => one.folder === folder)?.files ?? new Map<string, string>();
  // What is trusted already is kept: the list is written anew.
  const kept = [...known].filter(([file]) => handlers.some((handler) => handler.file === file));
  const all = [...handlers.filter(({ layer }) => OF_PROJECTS.has(layer)), ...untrusted.flatMap((one) => one.handlers)];
  return {
    lines: all.map(({ event, matcher, name, options, file }) => {
      const at = matcher === undefined || matcher === "" ? event : `${event} (${matcher})`;
      return `${at} runs ${[name, ...(options.args ?? [])].join(" ")}: ${file}`;
    }),
    files: [...kept, ...untrusted.map(({ file, digest }): [string, string] => [file, digest])],
  };
}

async function printList({ trust }: CommandFiles): Promise<void> {
  const folders = await trust.list();
  if (folders.length === 0) console.log("No project is trusted.");
  for (const { folder, at, files } of folders) {
    console.log(oneLine(`${folder} (${at})`));
    for (const file of files.keys()) console.log(`  ${oneLine(file)}`);
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
