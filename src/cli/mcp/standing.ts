/** How servers stand: as the running proxy says, where there is one, else as far as it is known without it. */
import { z } from "zod";
import type { Config } from "../../config/schema.ts";
import { readToken } from "../../config/token.ts";
import { count } from "../../lib/amounts.ts";
import { createLogger } from "../../log.ts";
import type { Offer, ServerProblem, ServerStatus } from "../../mcp/mcp.ts";
import { createMcp } from "../../serving-mcp.ts";
import { askHealth, configuredUrl } from "../control.ts";
import { oneLine } from "../terminal/text.ts";
import type { ServerFiles } from "./open.ts";

const liveSchema = z.object({
  servers: z.array(
    z.object({
      digest: z.string(),
      state: z.enum(["idle", "starting", "ready", "failed", "login", "held"]),
      error: z.string().optional(),
      retryAt: z.number().optional(),
      pid: z.number().optional(),
      calls: z.number(),
      stderr: z.array(z.string()),
    }),
  ),
});

export interface Standings {
  readonly servers: readonly ServerStatus[];
  readonly problems: readonly ServerProblem[];
  /** Whether a running proxy was asked. */
  readonly live: boolean;
}

export async function standings({ config, folder, sources }: ServerFiles): Promise<Standings> {
  const room = createMcp(config, createLogger("silent"));
  const [kept, { problems }, live] = await Promise.all([room.status(folder), sources.set(folder), ask(config, folder)]);
  const told = new Map(live?.map((one) => [one.digest, one]));
  const servers = kept.map((one) => (one.state === "held" ? one : { ...one, ...told.get(one.server.digest) }));
  return { servers, problems, live: live !== undefined };
}

/** Undefined where no proxy of this home answers. */
async function ask(config: Config, folder: string) {
  const { server, environment } = config;
  const url = configuredUrl(config);
  const health = server.port === 0 ? undefined : await askHealth(url, environment.home);
  const token = await readToken(environment.home);
  if (typeof health !== "object" || health.home !== environment.home || token === undefined) return undefined;
  try {
    const response = await fetch(`${url}/_plus/servers?project=${encodeURIComponent(folder)}`, {
      headers: { "x-codex-plus-token": token },
      signal: AbortSignal.timeout(5000),
    });
    return liveSchema.parse(await response.json()).servers;
  } catch {
    // An older one, which has no such route.
    return undefined;
  }
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

/** What a person has to do for a server to be of use; empty where that is nothing. */
export function toDo({ server, state }: ServerStatus): string[] {
  const { name, held, missing } = server;
  const typed = /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
  return [
    ...(held === undefined ? [] : [`${name} is not started: ${held.text}`]),
    ...(state === "login" ? [`${name} wants a login: codex-plus mcp login ${typed}`] : []),
    ...(state === "failed" ? [`${name} failed; to see how: codex-plus mcp test ${typed}`] : []),
    ...missing.map((variable) => `${name} names the variable ${variable}, which is not set`),
  ].map(oneLine);
}
