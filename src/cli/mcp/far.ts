/** The gateway that `mcp serve` speaks to: of the proxy that runs, or of one that runs in this process alone. */
import { setTimeout as sleep } from "node:timers/promises";
import type { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { DOOR_VARIABLE, readDoor } from "../../config/door.ts";
import type { Config } from "../../config/schema.ts";
import { ensureToken } from "../../config/token.ts";
import { PROJECT_HEADER } from "../../mcp/gateway/index.ts";
import { askHealth, localUrl } from "../control.ts";

/** Whose servers are wanted. */
export interface View {
  /** A folder, absolute. */
  readonly project: string;
  /** One server alone, by its name. */
  readonly server: string | undefined;
}

export interface Far {
  readonly transport: StreamableHTTPClientTransport;
  /** Ends the session, and the proxy where it is ours. */
  close(): Promise<void>;
}

/** How long a proxy that was there is looked for when it is gone: it may be about to start again. In ms. */
const RESTART_MS = 5000;
const LOOK_MS = 100;

/**
 * Opens the way to a gateway; nothing is said to it yet.
 * @param lost whether one has just been lost
 */
export async function openFar(config: Config, view: View, lost: boolean): Promise<Far> {
  const { home } = config.environment;
  const found = (await findProxy(home)) ?? (lost ? await nextProxy(home) : undefined);
  if (found !== undefined) return connect(found.url, found.token, view);
  const { startApp } = await import("../../app.ts");
  const app = await startApp({
    ...config,
    server: { ...config.server, host: "127.0.0.1", allowRemote: false, port: 0 },
  });
  return connect(app.url, await ensureToken(home), view, () => app.stop());
}

interface Proxy {
  readonly url: string;
  readonly token: string;
}

/** The proxy that `run` named, or the one on the configured port. */
async function findProxy(home: string): Promise<Proxy | undefined> {
  const door = await readDoor(home, process.env[DOOR_VARIABLE] || undefined);
  if (door === undefined) return undefined;
  const url = localUrl(door.host, door.port);
  return typeof (await askHealth(url, home)) === "object" ? { url, token: door.token } : undefined;
}

async function nextProxy(home: string): Promise<Proxy | undefined> {
  for (const until = Date.now() + RESTART_MS; Date.now() < until; await sleep(LOOK_MS)) {
    const found = await findProxy(home);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function connect(url: string, token: string, view: View, stop?: () => Promise<void>): Promise<Far> {
  const { StreamableHTTPClientTransport: Transport } = await import(
    "@modelcontextprotocol/sdk/client/streamableHttp.js"
  );
  const path = view.server === undefined ? "/_plus/mcp" : `/_plus/mcp/${encodeURIComponent(view.server)}`;
  const headers = { authorization: `Bearer ${token}`, [PROJECT_HEADER]: encodeURIComponent(view.project) };
  const transport = new Transport(new URL(path, url), { requestInit: { headers } });
  return {
    transport,
    async close() {
      // A proxy that is gone has no session of ours.
      await transport.terminateSession().catch(() => undefined);
      await transport.close();
      await stop?.();
    },
  };
}
