/** The composition root: configuration in, rooms built, a server that listens. Constructors in order, nothing clever. */

import type { StatusFacts } from "./commands/builtin/status.ts";
import { openDoors } from "./config/door.ts";
import type { Config } from "./config/schema.ts";
import { ensureToken } from "./config/token.ts";
import type { Transport } from "./contracts.ts";
import { CodexPlusError } from "./errors.ts";
import { createFeatures } from "./features.ts";
import { installHooks } from "./hooking.ts";
import { isLoopback } from "./lib/loopback.ts";
import { VERSION } from "./lib/version.ts";
import { createLogger, type Logger } from "./log.ts";
import { createResidency } from "./providers/residency.ts";
import { createRouter } from "./providers/route.ts";
import { createAccountsCheck } from "./server/accounts.ts";
import type { Identity } from "./server/control.ts";
import type { Front } from "./server/front.ts";
import { createGuard } from "./server/guard.ts";
import { LimitMemory } from "./server/limits.ts";
import { listen } from "./server/listen.ts";
import { Records } from "./server/record.ts";
import { measureRecording } from "./server/recording.ts";
import { UsageMemory } from "./server/usage.ts";
import { whenAsked } from "./server/when-asked.ts";
import { createTransport } from "./transport/index.ts";
import type { Stage } from "./turn.ts";

export interface App {
  /** `http://127.0.0.1:3000` */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Refuses new connections, lets running turns end (at most `limits.stopMs`), then closes everything. */
  stop(): Promise<void>;
}

export interface AppOptions {
  /** In place of the logger that the configuration describes. */
  readonly log?: Logger;
  /** In place of the product's own stages, in order. */
  readonly stages?: readonly Stage[];
}

/**
 * Starts the proxy.
 * @throws CodexPlusError CP_PORT_TAKEN, CP_CONFIG_INVALID
 */
export async function startApp(config: Config, options: AppOptions = {}): Promise<App> {
  const { server, limits, environment } = config;
  if (!isLoopback(server.host) && !server.allowRemote) {
    throw new CodexPlusError(
      "CP_CONFIG_INVALID",
      `${server.host} can be reached by other machines; say --allow-remote if that is meant (every request then needs the token)`,
    );
  }
  const log = options.log ?? createLogger(config.log.level, config.log.file);
  const token = await ensureToken(environment.home);
  const records = new Records(log);
  const transport = createTransport({ name: config.transport, connectMs: limits.connectMs, log, ...environment });
  const usage = new UsageMemory();
  const features = options.stages === undefined ? createFeatures(config, log, () => statusFacts()) : undefined;
  const recording = () => features?.recording();
  measureRecording(records.registry, recording);
  const front: Front = {
    transport,
    route: createRouter(config),
    residency: residencyOf(config, transport, log),
    stages: options.stages ?? features?.stages ?? [],
    guard: createGuard({ host: server.host, hosts: server.hosts, token }),
    records,
    limits,
    memory: new LimitMemory(),
    usage,
    log,
  };

  const startedAt = new Date().toISOString();
  const identity = (): Identity => ({
    name: "codex-plus",
    version: VERSION,
    pid: process.pid,
    port: listener.port,
    home: environment.home,
    upstream: config.upstream ?? config.upstreams.chatgpt,
    transport: config.transport,
    startedAt,
  });
  const control = whenAsked(async () => {
    const { createControl } = await import("./server/control.ts");
    return createControl({
      identity,
      trusts: front.guard.trusts,
      records,
      transport: () => transport.describe(),
      sockets: () => listener.sockets(),
      recording,
      hook: features?.hook,
      hookBytes: limits.requestBytes,
      mcp: features?.gateway,
      servers: async (folder) => features?.servers(folder),
    });
  });
  const listener = await listen(front, control, server);
  const closeDoors = await openHooks(config, listener.port, token, log);
  const url = `http://${server.host.includes(":") ? `[${server.host}]` : server.host}:${listener.port}`;
  const statusFacts = (): StatusFacts => ({
    version: VERSION,
    url,
    upstream: identity().upstream,
    transport: config.transport,
    startedAt: Date.parse(startedAt),
    usage: (thread) => usage.of(thread),
    limits: () => usage.limits(),
    recording,
    hooks: () => features?.runs() ?? [],
    servers: async (folder) => features?.servers(folder),
  });
  void features?.gateway?.meet().catch((error: unknown) => log.warn({ err: error }, "MCP servers are not known yet"));
  log.info({ url, version: VERSION, upstream: identity().upstream, transport: config.transport }, "serving");
  return {
    url,
    host: server.host,
    port: listener.port,
    async stop() {
      // The listener first: from this moment on nobody new is let in.
      const listening = listener.stop();
      features?.gateway?.end();
      await Promise.all([listening, closeDoors()]);
      await features?.gateway?.close();
      transport.close();
      await features?.close();
      log.info("stopped");
      log.flush();
    },
  };
}

/** The way in for Codex's own hooks. A home that cannot be written to keeps nobody from working: its hooks are not asked. */
async function openHooks(config: Config, port: number, token: string, log: Logger): Promise<() => Promise<void>> {
  const { home } = config.environment;
  const { host } = config.server;
  try {
    await installHooks(config);
    return await openDoors(home, { host: reachable(host), port, token, fixed: config.server.port !== 0 });
  } catch (error) {
    log.warn({ error }, "Codex's own hooks cannot reach this proxy");
    return () => Promise.resolve();
  }
}

/** The address at which this machine reaches a listener. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

function residencyOf(config: Config, transport: Transport, log: Logger): Front["residency"] {
  if (!config.residency.enabled) return () => ({});
  const check = createAccountsCheck(transport, new URL(config.upstreams.chatgpt));
  return createResidency({
    check,
    hosts: config.residency.hosts,
    report: (message) => log.warn(`residency: ${message}`),
  });
}
