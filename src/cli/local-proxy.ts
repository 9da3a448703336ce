/** A proxy for as long as one Codex runs: the one that serves already, or one inside this process. */
import { setTimeout as sleep } from "node:timers/promises";
import type { App } from "../app.ts";
import type { Config } from "../config/schema.ts";
import { CodexPlusError } from "../errors.ts";
import { isLoopback } from "../lib/loopback.ts";
import { askHealth, configuredUrl } from "./control.ts";

/** How often a proxy that is not ours is looked after, in ms. */
const WATCH = 1000;

export interface LocalProxy {
  /** The base URL for Codex. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Uses the Codex-Plus that answers on the configured port, starts one there, or, where the port belongs to another
 * program, on a free port. A used one may end before our Codex does (it may belong to another `run`): then ours takes
 * its place on the same port, and Codex reconnects to it by itself.
 * @throws CodexPlusError when none can be started
 */
export async function localProxy(config: Config): Promise<LocalProxy> {
  const free: Config = { ...config, server: { ...config.server, host: "127.0.0.1", allowRemote: false, port: 0 } };
  // One that other machines reach asks every client for the token, which a command line must not carry.
  if (!isLoopback(config.server.host) || config.server.port === 0) return start(free);
  const url = configuredUrl(config);
  const found = await askHealth(url);
  if (found === "stranger") return start(free);
  if (found) return standIn(url, config);
  try {
    return await start(config);
  } catch (error) {
    if (!(error instanceof CodexPlusError) || error.code !== "CP_PORT_TAKEN") throw error;
  }
  // Somebody was faster: look again at who it was.
  return localProxy(config);
}

async function start(config: Config): Promise<App> {
  const { startApp } = await import("../app.ts");
  return startApp(config);
}

function standIn(url: string, config: Config): LocalProxy {
  const over = new AbortController();
  const watching = watch(url, config, over.signal);
  return {
    url,
    stop: async () => {
      over.abort();
      await (await watching)?.stop();
    },
  };
}

/** Our own proxy, from the moment the other one was gone; undefined when it outlived us. */
async function watch(url: string, config: Config, over: AbortSignal): Promise<App | undefined> {
  while (!over.aborted) {
    if ((await askHealth(url)) === undefined) {
      // Another `run` may have been faster; whatever it is, the next look tells.
      const app = await start(config).catch(() => undefined);
      if (app) return app;
    }
    await sleep(WATCH, undefined, { signal: over, ref: false }).catch(() => undefined);
  }
  return undefined;
}
