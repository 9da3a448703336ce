/** `codex-plus mcp list`: the servers of this folder, how they stand, and what is wrong. */
import type { Command, OptionValues } from "commander";
import type { ServerProblem, ServerStatus } from "../../mcp/mcp.ts";
import { verb } from "../flags.ts";
import { print } from "../terminal/print.ts";
import { type Column, tableLines } from "../terminal/table.ts";
import { oneLine } from "../terminal/text.ts";
import { openServers, type ServerFiles } from "./open.ts";
import { fileOf, wordOf } from "./scope.ts";
import { masked, what } from "./shown.ts";
import { offers, type Standings, standings, stateOf, toDo } from "./standing.ts";

const COLUMNS: readonly Column[] = [
  { head: "name", style: "cyan" },
  { head: "is", rest: true },
  { head: "state", most: 40 },
  { head: "offers", spare: 2 },
  { head: "scope", spare: 1, style: "dim" },
];

export function listCommand(): Command {
  return verb("list", "the servers that this folder has, how they stand and what they offer", [
    "mcp list",
    "mcp list --json",
  ])
    .option("--json", "as JSON")
    .action(list);
}

async function list(flags: OptionValues): Promise<void> {
  const files = openServers();
  const found = await standings(files);
  if (flags.json) return console.log(JSON.stringify(asJson(files, found), null, 2));
  const { servers, problems } = found;
  if (!files.config.mcp.enabled) console.error("MCP is off (mcp.enabled in config.json): no server is started.");
  else if (servers.length === 0) {
    console.log("No MCP servers for this folder. To add one: codex-plus mcp add NAME -- COMMAND");
    console.log("They are read from .mcp.json, too, and from what Claude Code has of yours: see docs/mcp.md.");
  } else {
    await print(tableLines(COLUMNS, rows(files, servers)));
  }
  for (const line of [...toDo(servers), ...problems.map((one) => problemLine(files, one))]) console.error(line);
}

function rows(files: ServerFiles, servers: readonly ServerStatus[]): string[][] {
  const written = writtenOf(files);
  return servers.map((one) => [
    oneLine(one.server.name),
    what(written.get(one.server.name) ?? {}),
    stateOf(one),
    offers(one.offer),
    wordOf(one.server.scope),
  ]);
}

function asJson(files: ServerFiles, { servers, problems, live }: Standings): object {
  const written = writtenOf(files);
  return {
    folder: files.folder,
    live,
    servers: servers.map(({ server, offer, ...state }) => ({
      name: server.name,
      key: server.key,
      scope: wordOf(server.scope),
      file: server.file,
      definition: masked(written.get(server.name) ?? {}),
      ...state,
      held: server.held,
      missing: server.missing,
      offers: offer && {
        tools: offer.tools.map(({ name }) => name),
        prompts: offer.prompts.map(({ name }) => name),
        resources: offer.resources.map(({ uri }) => uri),
        templates: offer.templates.map(({ uriTemplate }) => uriTemplate),
      },
    })),
    problems,
  };
}

/** Every definition that counts, by its name. */
export function writtenOf({ sources, folder }: ServerFiles): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  return new Map(
    sources
      .written(folder)
      .toReversed()
      .map(({ name, written }) => [name, written]),
  );
}

/** What is wrong with a definition or a file, in one line. */
export function problemLine(files: ServerFiles, { name, file, message }: ServerProblem): string {
  return oneLine(`${fileOf(files, file)}: ${name === "" ? "" : `${name}: `}${message}`);
}
