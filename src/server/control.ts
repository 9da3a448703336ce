/** The control API under /_plus: what runs here, its numbers, its health. Nothing under it ever goes up. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { isAbsolute } from "node:path";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import type { RawHeaders } from "../contracts.ts";
import { CodexPlusError, toCodexPlusError } from "../errors.ts";
import type { ServerStatus } from "../mcp/mcp.ts";
import { failureBody } from "../protocol/failure.ts";
import { nextId, type Records } from "./record.ts";
import type { Recording } from "./recording.ts";

/** What the proxy tells of itself to this machine, or with the token: enough to be found and recognised. */
export interface Identity {
  readonly name: "codex-plus";
  readonly version: string;
  readonly pid: number;
  readonly port: number;
  readonly home: string;
  readonly upstream: string;
  readonly transport: string;
  /** ISO 8601 */
  readonly startedAt: string;
}

export interface ControlOptions {
  readonly identity: () => Identity;
  /** Whether a request may hear all of it, or only that a Codex-Plus is here. */
  readonly trusts: (headers: RawHeaders) => boolean;
  readonly records: Records;
  /** Anything the transport has to say of itself: challenges met, fallbacks taken. */
  readonly transport: () => unknown;
  /** Open WebSockets. */
  readonly sockets: () => number;
  /** Answers what Codex tells its own hooks; undefined where there are no hooks here. */
  readonly hook?: ((told: unknown, signal: AbortSignal) => Promise<object>) | undefined;
  /** The largest that Codex may tell. */
  readonly hookBytes: number;
  /** MCP servers for clients that speak the protocol; undefined where there are none here. */
  readonly mcp?: McpDoor | undefined;
  /** How the MCP servers of a folder stand; undefined where MCP is off. */
  readonly servers?: ((folder: string) => Promise<readonly ServerStatus[] | undefined>) | undefined;
  /** Undefined where nothing is recorded. */
  readonly recording: () => Recording | undefined;
}

export interface McpDoor {
  /**
   * Answers what a client asks of all servers, or of the one that is named.
   * @param over settles when the answer has been sent, or its reader is gone
   * @throws CodexPlusError
   */
  handle(request: Request, name: string | undefined, over: Promise<unknown>): Promise<Response>;
  /** Starts the servers of a project that have never been met. @returns when that is done, or has taken so long */
  meet(project: string, withinMs: number): Promise<void>;
}

/** What `POST /_plus/meet` takes. */
const meeting = z.object({ project: z.string().refine(isAbsolute), withinMs: z.int().min(0).max(60_000) });
const MEETING_BYTES = 16 * 1024;

/** @returns a handler of node requests whose path begins with /_plus */
export function createControl(options: ControlOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { identity, records } = options;
  const app = new Hono<{ Bindings: HttpBindings }>().basePath("/_plus");
  app.get("/", (c) =>
    c.json({
      routes: [
        "/_plus/health",
        "/_plus/status",
        "/_plus/metrics",
        "/_plus/hook",
        "/_plus/mcp",
        "/_plus/meet",
        "/_plus/servers",
      ],
    }),
  );
  app.get("/health", (c) => {
    const { name, version, ...more } = identity();
    return c.json({ ok: true, name, version, ...(options.trusts(c.env.incoming.rawHeaders) ? more : {}) });
  });
  app.get("/status", (c) => {
    const known = identity();
    const uptimeSeconds = Math.round((Date.now() - Date.parse(known.startedAt)) / 1000);
    const memory = process.memoryUsage.rss();
    return c.json({
      ...known,
      uptimeSeconds,
      rssBytes: memory,
      ...records.counts(),
      sockets: options.sockets(),
      transportState: options.transport(),
      recording: options.recording() ?? "off",
    });
  });
  app.get("/metrics", async (c) => {
    c.header("content-type", records.registry.contentType);
    return c.body(await records.registry.metrics());
  });
  app.post("/hook", bodyLimit({ maxSize: options.hookBytes }), async (c) => {
    const told: unknown = await c.req.json().catch(() => undefined);
    return c.json((await options.hook?.(told, c.req.raw.signal)) ?? {});
  });
  const { mcp } = options;
  if (mcp !== undefined) {
    app.all("/mcp/:name?", async (c) => {
      const over = new Promise((resolve) => c.env.outgoing.once("close", resolve));
      return mcp
        .handle(c.req.raw, c.req.param("name"), over)
        .catch((error: unknown) => failure(toCodexPlusError(error)));
    });
    app.post("/meet", bodyLimit({ maxSize: MEETING_BYTES }), async (c) => {
      const wish = meeting.safeParse(await c.req.json().catch(() => undefined));
      if (!wish.success) {
        return failure(new CodexPlusError("CP_REQUEST_INVALID", "a project and a time to wait are missing"));
      }
      await mcp.meet(wish.data.project, wish.data.withinMs);
      return c.json({});
    });
  }
  app.get("/servers", async (c) => {
    const project = c.req.query("project") ?? "";
    if (!isAbsolute(project)) return failure(new CodexPlusError("CP_REQUEST_INVALID", "the project is missing"));
    return c.json({ servers: ((await options.servers?.(project)) ?? []).map(standing) });
  });
  app.notFound((c) => failure(new CodexPlusError("CP_ROUTE_UNKNOWN", `there is no control route ${c.req.path}`)));
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  return (request, response) => void listener(request, response);
}

/** How a server stands. What it is stays here: secrets are in it, and whoever asks can read the files as well. */
function standing({ server, ...status }: ServerStatus): object {
  return { name: server.name, digest: server.digest, ...status };
}

function failure(error: CodexPlusError): Response {
  const headers = { "content-type": "application/json" };
  return new Response(new Uint8Array(failureBody(error, nextId())), { status: error.row.status, headers });
}
