/** `codex-plus commands`: what slash commands there are, and what one of them would send. */
import type { Command, OptionValues } from "commander";
import { type Catalog, helpEntries, type Result } from "../commands/index.ts";
import { folderOf, openCommandFiles } from "./command-files.ts";
import { EXIT, Exit } from "./exit.ts";
import { verb } from "./flags.ts";

export function commandsCommand(): Command {
  const command = verb("commands", "list the slash commands that files define", [
    "commands",
    "commands --cwd ~/project --json",
    "commands show review main   # what //review main would send",
  ])
    .option("--cwd <dir>", "the folder that Codex works in (default: this one)")
    .option("--json", "print the list as JSON")
    .enablePositionalOptions()
    .action(list);
  command.addCommand(showCommand());
  return command;
}

function showCommand(): Command {
  return verb("show", "print what a command would send; nothing is run", ["commands show review main"])
    .argument("<name>", "the command's name")
    .argument("[args...]", "its arguments")
    .passThroughOptions()
    .option("--cwd <dir>", "the folder that Codex works in (default: this one)")
    .option("--json", "print the result as JSON")
    .action(show);
}

async function list(flags: OptionValues): Promise<void> {
  const catalog = await openCommandFiles().commands.list(folderOf(flags.cwd));
  if (flags.json) console.log(JSON.stringify(asJson(catalog), null, 2));
  else printList(catalog);
}

function printList(catalog: Catalog): void {
  const groups = helpEntries(catalog);
  for (const { place, entries } of groups) {
    console.log(place);
    for (const { name, hint, description } of entries) {
      console.log(`  /${name}${hint === undefined ? "" : ` ${hint}`}${description === "" ? "" : `  ${description}`}`);
    }
  }
  if (groups.length === 0) {
    console.log("No command files here. Write one: .codexplus/commands/NAME.md, then type //NAME in Codex.");
  }
  for (const { file, line, message } of catalog.problems) console.error(`${file}:${line}: ${message}`);
}

function asJson({ commands, problems }: Catalog): object {
  return {
    commands: [...new Set(commands.values())].map(({ matter, ...command }) => ({
      ...command,
      ...(matter.hint !== undefined && { hint: matter.hint }),
      invocable: matter.invocable,
    })),
    problems,
  };
}

async function show(name: string, args: readonly string[], _flags: OptionValues, command: Command): Promise<void> {
  const flags = command.optsWithGlobals();
  const cwd = folderOf(flags.cwd);
  const call = { mark: "/", name: name.replace(/^\/{1,2}/, ""), args: args.join(" ").trim() } as const;
  const result = await openCommandFiles().commands.run(call, { cwd, session: "", dry: true });
  if (result === undefined) {
    console.error(`There is no command ${call.name} for ${cwd}. codex-plus commands lists those there are.`);
    throw new Exit(EXIT.failed);
  }
  console.log(flags.json ? JSON.stringify(result, null, 2) : inWords(result));
  if (result.kind === "refused") throw new Exit(EXIT.failed);
}

function inWords(result: Result): string {
  if (result.kind !== "prompt") return result.text;
  const { attached, parts, left = [], model, effort } = result;
  const leftOut = left.map(({ name, why }) => `left out: @${name}: ${why}`);
  const notes = [model && `model: ${model}`, effort && `effort: ${effort}`, ...leftOut].filter(Boolean);
  const shown = parts.map((part) => (typeof part === "string" ? part : "[a picture]"));
  return [...notes, ...attached, ...shown].join("\n");
}
