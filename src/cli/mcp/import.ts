/** `codex-plus mcp import [FILE]`: the servers of other programs, shown first. */
import { resolve } from "node:path";
import type { Command, OptionValues } from "commander";
import { CodexPlusError } from "../../errors.ts";
import { count } from "../../lib/amounts.ts";
import { verb } from "../flags.ts";
import { readConfigFile } from "../setup/file.ts";
import { agreed } from "../terminal/ask.ts";
import { oneLine } from "../terminal/text.ts";
import { put } from "./adding.ts";
import { CODEX, type ForeignFile, foreignFiles, serversIn } from "./import/files.ts";
import type { Foreign } from "./import/found.ts";
import { meet } from "./meeting.ts";
import { openServers, type ServerFiles } from "./open.ts";
import { fileOf, type NamedScope, scopeOption, targetOf } from "./scope.ts";
import { what } from "./shown.ts";

export function importCommand(): Command {
  return verb("import", "take over the servers of Codex, Claude Desktop, Cursor and VS Code, or of a file", [
    "mcp import",
    "mcp import ~/other/.mcp.json --scope project",
    "mcp import --yes",
  ])
    .argument("[file]", "a file in the form of .mcp.json, VS Code's, or Codex's config.toml")
    .addOption(scopeOption("where they go: local, user, project (default: user; local for files of this project)"))
    .option("-y, --yes", "do not ask")
    .action(run);
}

/** One that would come over, and the scope that it goes to. */
interface Wanted extends Foreign {
  readonly scope: NamedScope;
  /** The program whose file it stands in. */
  readonly from: string;
}

async function run(named: string | undefined, flags: OptionValues): Promise<void> {
  const files = openServers();
  const { homes, config, folder } = files;
  const own = { user: homes.user, codex: config.environment.codexHome };
  const sources: readonly ForeignFile[] =
    named === undefined ? foreignFiles(own, folder) : [{ program: "", file: resolve(named), scope: "user" }];
  const wanted = new Map<string, Wanted>();
  const looked = await Promise.all(sources.map((source) => lookAt(files, source, named !== undefined)));
  for (const { source, found } of looked) {
    if (found === undefined) continue;
    console.log(`${source.program === "" ? "" : `${source.program}, `}${fileOf(files, source.file)}:`);
    for (const server of found.servers)
      say(files, wanted, { ...server, scope: flags.scope ?? source.scope, from: source.program });
    for (const { name, why } of found.left) console.log(`  - ${oneLine(name)} stays there: ${oneLine(why)}`);
    if (found.servers.length + found.left.length === 0) console.log("  no servers");
  }
  if (looked.every(({ found }) => found === undefined))
    console.log("There is no file of servers of Codex, Claude Desktop, Cursor or VS Code.");
  if (wanted.size === 0) return console.log("Nothing to import.");
  await agreed(`Import ${count(wanted.size, "server")}?`, Boolean(flags.yes), "imported");
  await write(files, [...wanted.values()]);
  if ([...wanted.values()].some(({ from }) => from === CODEX)) {
    console.log("Codex starts its own ones as well; to have their tools once, take them out of its config.toml.");
  }
  await meet(files, [...wanted.keys()]);
}

/** @param must whether it is an error that there is no such file, or that it cannot be read */
async function lookAt(files: ServerFiles, source: ForeignFile, must: boolean) {
  try {
    const { text } = await readConfigFile(source.file);
    if (text === undefined && must) throw new CodexPlusError("CP_FILE_UNUSABLE", `there is no file ${source.file}`);
    return { source, found: text === undefined ? undefined : serversIn(text, source.file) };
  } catch (error) {
    if (must || !(error instanceof CodexPlusError)) throw error;
    console.error(`${fileOf(files, source.file)} is left out: ${error.message}`);
    return { source, found: undefined };
  }
}

/** Says what becomes of a server, and notes it where it comes over. */
function say(files: ServerFiles, wanted: Map<string, Wanted>, server: Wanted): void {
  const { name, definition, notes, scope } = server;
  const [known] = files.sources.where(files.folder, name);
  if (known !== undefined) console.log(`  = ${oneLine(name)} is here already: ${fileOf(files, known.file)}`);
  else if (wanted.has(name)) console.log(`  = ${oneLine(name)} comes from the file above`);
  else {
    wanted.set(name, server);
    console.log(`  + ${oneLine(name)} (${what(definition)}), ${targetOf(files, scope).whose}`);
    for (const note of notes) console.log(`      ${oneLine(note)}`);
  }
}

async function write(files: ServerFiles, wanted: readonly Wanted[]): Promise<void> {
  for (const [scope, some] of Map.groupBy(wanted, (one) => one.scope)) {
    const target = targetOf(files, scope);
    const written = await put(
      files,
      target,
      some.map(({ name, definition }) => [name, definition]),
    );
    console.log(`Written to ${fileOf(files, target.file)}: ${written.map(oneLine).join(", ")}`);
  }
}
