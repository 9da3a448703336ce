/** `codex-plus mcp get NAME`: one server, its definition without what is secret in it, and all that it offers. */
import type { Command } from "commander";
import { CodexPlusError } from "../../errors.ts";
import { nearestName } from "../../lib/nearest.ts";
import type { Offer } from "../../mcp/mcp.ts";
import { verb } from "../flags.ts";
import { print } from "../terminal/print.ts";
import { oneLine, plain } from "../terminal/text.ts";
import { problemLine, writtenOf } from "./list.ts";
import { openServers, type ServerFiles } from "./open.ts";
import { fileOf, wordOf } from "./scope.ts";
import { masked } from "./shown.ts";
import { offers, type Standings, standings, stateOf, toDo } from "./standing.ts";

/** Of a description so much is shown. */
const MOST = 100;

export function getCommand(): Command {
  return verb("get", "one server: its definition, how it stands and all that it offers", ["mcp get memory"])
    .argument("<name>")
    .action(get);
}

async function get(name: string): Promise<void> {
  const files = openServers();
  const found = await standings(files);
  const one = found.servers.find(({ server }) => server.name === name);
  if (one === undefined) throw unknown(name, files, found);
  const { server, offer } = one;
  await print([
    oneLine(`${name}: ${stateOf(one)}`),
    `  scope   ${wordOf(server.scope)}, ${fileOf(files, server.file)}`,
    ...JSON.stringify(masked(writtenOf(files).get(name) ?? {}), null, 2)
      .split("\n")
      .map((line, index) => `  ${index === 0 ? "written " : "        "}${plain(line)}`),
    `  offers  ${offers(offer) || "not known: it has never been met"}`,
    ...(offer === undefined ? [] : offered(offer, server.key)),
  ]);
  for (const line of toDo([one])) console.error(line);
}

/** Everything by the name that it is used by. */
function offered({ tools, prompts, resources, templates }: Offer, key: string): string[] {
  const line = (name: string, about = ""): string => `    ${oneLine(name)}${about === "" ? "" : `  ${short(about)}`}`;
  return [
    ...tools.map(({ name, description }) => line(`mcp__${key}__${name}`, description)),
    ...prompts.map(({ name, description }) => line(`/mcp__${key}__${name}`, description)),
    ...resources.map(({ uri, name }) => line(`@${key}:${uri}`, name)),
    ...templates.map(({ uriTemplate, name }) => line(`@${key}:${uriTemplate}`, name)),
  ];
}

function short(text: string): string {
  const line = oneLine(text);
  return line.length > MOST ? `${line.slice(0, MOST).trimEnd()}…` : line;
}

function unknown(name: string, files: ServerFiles, { servers, problems }: Standings): CodexPlusError {
  const broken = problems.find((problem) => problem.name === name);
  if (broken !== undefined) return new CodexPlusError("CP_MCP_UNKNOWN", problemLine(files, broken));
  const near = nearestName(
    name,
    servers.map(({ server }) => server.name),
  );
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  return new CodexPlusError("CP_MCP_UNKNOWN", `there is no MCP server ${name} for this folder${hint}`);
}
