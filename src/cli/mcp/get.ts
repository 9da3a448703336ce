/** `codex-plus mcp get NAME`: one server, its definition without what is secret in it, and all that it offers. */
import type { Command } from "commander";
import type { Offer } from "../../mcp/mcp.ts";
import { EXIT, Exit } from "../exit.ts";
import { verb } from "../flags.ts";
import { print } from "../terminal/print.ts";
import { oneLine, plain } from "../terminal/text.ts";
import { findServer } from "./find.ts";
import { writtenOf } from "./list.ts";
import { openServers } from "./open.ts";
import { fileOf, wordOf } from "./scope.ts";
import { masked } from "./shown.ts";
import { offers, standings, stateOf, toDo } from "./standing.ts";

/** Of a description so much is shown. */
const MOST = 100;

export function getCommand(): Command {
  return verb("get", "one server: its definition, how it stands and all that it offers", ["mcp get memory"])
    .argument("<name>")
    .action(get);
}

async function get(typed: string): Promise<void> {
  const files = openServers();
  const { key } = await findServer(files, typed);
  const { servers } = await standings(files);
  const one = servers.find(({ server }) => server.key === key);
  if (one === undefined) {
    console.error("MCP is off (mcp.enabled in config.json): no server is started.");
    throw new Exit(EXIT.failed);
  }
  const { server, offer } = one;
  const { name } = server;
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
