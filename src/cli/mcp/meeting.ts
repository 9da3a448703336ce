/** Servers that nobody has seen yet are started once, so that what they offer is known from then on. */
import { createLogger } from "../../log.ts";
import type { ServerStatus } from "../../mcp/mcp.ts";
import { createMcp } from "../../serving-mcp.ts";
import { oneLine } from "../terminal/text.ts";
import { meetLive } from "./live.ts";
import type { ServerFiles } from "./open.ts";
import { offers, standings, toDo } from "./standing.ts";

/** How long they are waited for, in ms. */
const PATIENCE = 10_000;
const MOST_NAMES = 12;

/**
 * Meets the servers of the folder that were never met, in the running proxy where there is one, and tells of some.
 * @param names those that somebody waits to hear of
 */
export async function meet(files: ServerFiles, names: readonly string[]): Promise<void> {
  const { config, folder } = files;
  const room = createMcp(config, createLogger("silent"));
  try {
    const before = await room.status(folder);
    if (before.some((one) => isNew(one) && names.includes(one.server.name))) {
      if (process.stderr.isTTY) console.error("Starting it, to see what it offers…");
      const met = await meetLive(config, folder, PATIENCE);
      if (met) return tellOf((await standings(files)).servers, names);
      await room.meet(folder, PATIENCE);
    }
    tellOf(await room.status(folder), names);
  } finally {
    await room.close();
  }
}

function tellOf(all: readonly ServerStatus[], names: readonly string[]): void {
  const named = all.filter(({ server }) => names.includes(server.name));
  for (const one of named) tell(one);
  for (const line of toDo(named)) console.error(line);
}

function isNew({ state, offer }: ServerStatus): boolean {
  return state !== "held" && offer === undefined;
}

function tell(one: ServerStatus): void {
  const { server, state, offer, error } = one;
  if (offer !== undefined) {
    const names = offer.tools.slice(0, MOST_NAMES).map(({ name }) => name);
    if (names.length < offer.tools.length) names.push("…");
    console.log(oneLine(`${server.name} offers ${offers(offer)}${names.length === 0 ? "" : `: ${names.join(", ")}`}`));
  } else if (state === "failed") console.error(oneLine(error ?? ""));
  else if (state === "starting" || state === "idle") {
    console.error(
      `${oneLine(server.name)} has not answered in ${PATIENCE / 1000} s; it is tried again when it is wanted.`,
    );
  }
}
