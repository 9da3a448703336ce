/** What the running proxy knows of its MCP servers. */
import { z } from "zod";
import type { Config } from "../../config/schema.ts";
import { readToken } from "../../config/token.ts";
import type { ServerStatus } from "../../mcp/mcp.ts";
import { offerSchema } from "../../mcp/offers.ts";
import { askHealth, configuredUrl } from "../control.ts";

const schema = z.object({
  servers: z.array(
    z.object({
      digest: z.string(),
      state: z.enum(["idle", "starting", "ready", "failed", "login", "held"]),
      error: z.string().optional(),
      retryAt: z.number().optional(),
      pid: z.number().optional(),
      calls: z.number(),
      stderr: z.array(z.string()),
      offer: offerSchema.optional(),
    }),
  ),
});

export interface LiveServer extends Omit<ServerStatus, "server"> {
  readonly digest: string;
}

/** Beyond what is waited for, in ms. */
const PATIENCE = 5000;

/** How the servers of a folder stand; undefined where no proxy of this home answers. */
export async function liveServers(config: Config, folder: string): Promise<readonly LiveServer[] | undefined> {
  const proxy = await running(config);
  if (proxy === undefined) return undefined;
  const response = await ask(proxy, `servers?project=${encodeURIComponent(folder)}`, PATIENCE);
  if (response?.ok !== true) return undefined;
  // Of what a server offers enough is looked at to notice something else: it was made of what the SDK had checked.
  return schema.parse(await response.json()).servers as unknown as LiveServer[];
}

/** Lets the running proxy meet the servers of a folder that were never met. @returns false where there is none */
export async function meetLive(config: Config, folder: string, withinMs: number): Promise<boolean> {
  const proxy = await running(config);
  return proxy !== undefined && meetAt(proxy, folder, withinMs);
}

/** The same of a proxy that is known to run. @returns false where it did not */
export async function meetAt(proxy: Proxy, folder: string, withinMs: number): Promise<boolean> {
  const body = JSON.stringify({ project: folder, withinMs });
  const headers = { "content-type": "application/json" };
  const response = await ask(proxy, "meet", withinMs + PATIENCE, { method: "POST", body, headers });
  await response?.body?.cancel();
  return response?.ok === true;
}

interface Proxy {
  readonly url: string;
  readonly token: string;
}

/** The proxy of this home on the configured port. */
async function running(config: Config): Promise<Proxy | undefined> {
  const { home } = config.environment;
  const url = configuredUrl(config);
  const health = config.server.port === 0 ? undefined : await askHealth(url, home);
  const token = await readToken(home);
  return typeof health === "object" && health.home === home && token !== undefined ? { url, token } : undefined;
}

async function ask({ url, token }: Proxy, route: string, withinMs: number, request: RequestInit = {}) {
  const headers = { ...request.headers, "x-codex-plus-token": token };
  return fetch(`${url}/_plus/${route}`, { ...request, headers, signal: AbortSignal.timeout(withinMs) }).catch(
    () => undefined,
  );
}
