/** Starting a server once, by itself, and telling what happens as it happens. */
import { join } from "node:path";
import type { FetchLike } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { ErrorCode } from "../errors.ts";
import type { Logger } from "../log.ts";
import { mask } from "./mask.ts";
import type { Offer, Server } from "./mcp.ts";
import { access, logsIn } from "./oauth/access.ts";
import type { LoginStore } from "./oauth/store.ts";

export interface TrialOptions {
  readonly store: LoginStore;
  readonly env: NodeJS.ProcessEnv;
  readonly fetch: FetchLike;
  /** Until the server must have started, and again until it must have told all that it offers, in ms. */
  readonly startMs: number;
  /** Folder of the servers' logs. */
  readonly logs: string;
  readonly log: Logger;
}

/** One thing that has happened; `ms` is how long it took. */
export type Step =
  | { readonly step: "login"; readonly kept: boolean }
  | Greeted
  | { readonly step: "offers"; readonly offer: Offer; readonly ms: number }
  | Failed;

/** It has started, where it is a program, and both have said who they are. */
export interface Greeted {
  readonly step: "greeted";
  /** Its name and version of itself. */
  readonly server: string;
  /** The version of MCP that both speak. */
  readonly protocol: string;
  readonly capabilities: readonly string[];
  readonly pid: number | undefined;
  readonly ms: number;
}

export interface Failed {
  readonly step: "failed";
  readonly code: ErrorCode;
  /** In words, without secrets. */
  readonly why: string;
  /** How its program ended, where it did so by itself. */
  readonly ended: string | undefined;
  /** The last lines of its standard error. */
  readonly stderr: readonly string[];
  readonly ms: number;
}

/** Tells each step when it is over; behind the last one nothing of the server is left. Never throws. */
export async function* tryServer(server: Server, options: TrialOptions): AsyncGenerator<Step> {
  const { store, env, startMs, logs, log } = options;
  // The SDK takes a while to load, which is no doing of the server's.
  const [{ createClient }, { Listing }, { Session }, { wayTo }, { ServerLog }, { Underway }, { troubleOf }] =
    await Promise.all([
      import("./client.ts"),
      import("./listing.ts"),
      import("./session.ts"),
      import("./transport/index.ts"),
      import("./transport/stderr.ts"),
      import("./underway.ts"),
      import("./trouble.ts"),
    ]);
  const masked = mask(server.config);
  const serverLog = new ServerLog(join(logs, "mcp", `${server.key}.log`), masked);
  let last = performance.now();
  const ms = (): number => {
    const before = last;
    last = performance.now();
    return Math.round(last - before);
  };
  let session: InstanceType<typeof Session> | undefined;
  try {
    if (logsIn(server)) yield { step: "login", kept: (await store.get(server))?.tokens !== undefined };
    ms();
    const way = access(server, store, options.fetch);
    const transport = await wayTo(server, { env, log: serverLog, access: way, fetch: options.fetch });
    let protocol = "";
    const told = transport.setProtocolVersion?.bind(transport);
    transport.setProtocolVersion = (version) => {
      protocol = version;
      told?.(version);
    };
    const ignored = (): void => undefined;
    const client = createClient({
      server,
      underway: new Underway(),
      log,
      mask: masked,
      changed: ignored,
      updated: ignored,
    });
    const listing = new Listing(client, startMs, ignored);
    session = new Session(client, transport, listing);
    await session.open(startMs);
    const { name, version } = client.getServerVersion() ?? { name: "nameless", version: "" };
    const capabilities = Object.keys(client.getServerCapabilities() ?? {});
    yield { step: "greeted", server: `${name} ${version}`.trim(), protocol, capabilities, pid: session.pid, ms: ms() };
    const offer = await listing.look();
    yield { step: "offers", offer, ms: ms() };
    await session.close();
  } catch (thrown) {
    const ended = session?.ended;
    const { error } = troubleOf(thrown, { server, ended, mask: masked });
    const took = ms();
    await session?.close();
    yield { step: "failed", code: error.code, why: error.message, ended, stderr: serverLog.lines, ms: took };
  } finally {
    await session?.close();
    await serverLog.flush();
  }
}
