/** How servers stand: as the running proxy says, where there is one, else as far as it is known without it. */
import { count } from "../../lib/amounts.ts";
import { shellWord } from "../../lib/shell-word.ts";
import { createLogger } from "../../log.ts";
import type { Offer, ServerProblem, ServerStatus } from "../../mcp/mcp.ts";
import { createMcp } from "../../serving-mcp.ts";
import { oneLine } from "../terminal/text.ts";
import { liveServers } from "./live.ts";
import type { ServerFiles } from "./open.ts";

export interface Standings {
  readonly servers: readonly ServerStatus[];
  readonly problems: readonly ServerProblem[];
  /** Whether a running proxy was asked. */
  readonly live: boolean;
}

export async function standings({ config, folder, sources }: ServerFiles): Promise<Standings> {
  const room = createMcp(config, createLogger("silent"));
  const [kept, { problems }, live] = await Promise.all([
    room.status(folder),
    sources.set(folder),
    liveServers(config, folder),
  ]);
  const told = new Map(live?.map((one) => [one.digest, one]));
  const servers = kept.map((one) => (one.state === "held" ? one : { ...one, ...told.get(one.server.digest) }));
  return { servers, problems, live: live !== undefined };
}

/** How it stands, in a few words. */
export function stateOf({ server, state, offer, error, calls }: ServerStatus): string {
  switch (state) {
    case "ready":
      return `running, ${count(calls, "call")}`;
    case "failed":
      return `failed: ${oneLine(error ?? "")}`;
    case "login":
      return "wants a login";
    case "held":
      return server.held?.why === "disabled" ? "off" : "not trusted";
    case "starting":
      return "starting";
    case "idle":
      return offer === undefined ? "never met" : "starts when it is used";
  }
}

/** "9 tools, 1 prompt"; "" where that is not known. */
export function offers(offer: Offer | undefined): string {
  if (offer === undefined) return "";
  const parts = [
    [offer.tools.length, "tool"],
    [offer.prompts.length, "prompt"],
    [offer.resources.length + offer.templates.length, "resource"],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, one]) => count(number, one));
  return told.length === 0 ? "nothing" : told.join(", ");
}

/** What a person has to do for servers to be of use; empty where that is nothing. */
export function toDo(servers: readonly ServerStatus[]): string[] {
  const held = Map.groupBy(servers, ({ server }) => server.held?.text);
  const lines = [...held].map(([why, some]) => {
    const names = some.map(({ server }) => server.name).join(", ");
    return why === undefined ? "" : `${names} ${some.length === 1 ? "is" : "are"} not started: ${why}`;
  });
  return [...lines.filter(Boolean), ...servers.flatMap(ofOne)].map(oneLine);
}

function ofOne({ server, state }: ServerStatus): string[] {
  const { name, missing } = server;
  const typed = shellWord(name);
  return [
    ...(state === "login" ? [`${name} wants a login: codex-plus mcp login ${typed}`] : []),
    ...(state === "failed" ? [`${name} failed; to see how: codex-plus mcp test ${typed}`] : []),
    ...missing.map((variable) => `${name} names the variable ${variable}, which is not set`),
  ];
}
