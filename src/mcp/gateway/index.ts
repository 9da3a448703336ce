/** The gateway: every server of a project as one MCP server over streamable HTTP, for any number of clients at once. */
import { isAbsolute, resolve } from "node:path";
import { CodexPlusError } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import type { McpRoom } from "../mcp.ts";
import { serverCalled } from "../sources/names.ts";
import type { Session } from "./session.ts";

export interface GatewayOptions {
  readonly room: McpRoom;
  /** The project of a client that names none: the person's home. */
  readonly elsewhere: string;
  /** How long a client may take to answer what a server asks of it, in ms. */
  readonly answerMs: number;
  /** The largest body that is read, in bytes. */
  readonly bodyBytes: number;
  readonly log: Logger;
  /** Sessions that may be open at once, and how long one may lie idle, in ms; for tests. */
  readonly most?: number;
  readonly idleMs?: number;
}

export interface Gateway {
  /**
   * Answers a request to `/_plus/mcp` or `/_plus/mcp/NAME`.
   * @param name the one server that is asked for
   * @param over settles when the answer has been sent, or its reader is gone
   * @throws CodexPlusError CP_REQUEST_INVALID, CP_MCP_UNKNOWN
   */
  handle(request: Request, name: string | undefined, over: Promise<unknown>): Promise<Response>;
  /**
   * Starts the servers of a project (of the person's home by default) that have never been met.
   * @returns when each has been met or has failed, at the latest after that time (in ms)
   */
  meet(project?: string, withinMs?: number): Promise<void>;
  /** Open sessions. */
  count(): number;
  /** Takes no new session; open ones end with the calls that are under way in them. */
  end(): void;
  /** Ends every session at once. */
  close(): Promise<void>;
}

/** The header by which a client names its project: an absolute path, percent-encoded. */
export const PROJECT_HEADER = "x-codex-plus-project";

const MOST_SESSIONS = 256;
/** A session with an open stream is never idle; this is for clients that left without a word. */
const IDLE_MS = 3_600_000;

export function createGateway(options: GatewayOptions): Gateway {
  const { room, elsewhere, log, most = MOST_SESSIONS, idleMs = IDLE_MS } = options;
  const sessions = new Map<string, Session>();
  let ending = false;

  const unlisten = room.changed((project) => {
    for (const session of sessions.values()) {
      if (session.scope.project !== project) continue;
      session.changed().catch((error: unknown) => log.debug({ err: error }, "a client was not told of a change"));
    }
  });

  const makeRoom = (): boolean => {
    const now = Date.now();
    const idle = [...sessions.values()]
      .flatMap((session) => (session.idleSince === undefined ? [] : [{ session, since: session.idleSince }]))
      .sort((a, b) => a.since - b.since);
    const extra = sessions.size - most + 1;
    for (const [place, { session, since }] of idle.entries()) {
      if (place < extra || now - since > idleMs) void session.close();
    }
    return sessions.size < most;
  };

  const begin = async (request: Request, name: string | undefined, over: Promise<unknown>): Promise<Response> => {
    if (ending) return refusal(503, "Codex-Plus is stopping");
    if (!makeRoom()) return refusal(503, `${most} sessions are open, and all of them are busy`);
    const project = projectOf(request.headers.get(PROJECT_HEADER), elsewhere);
    const only = name === undefined ? undefined : await keyOf(room, project, name);
    // The SDK is loaded with the first session: whoever has no servers should not wait for it.
    const { Session } = await import("./session.ts");
    const session = await Session.begin({
      ...options,
      scope: { project, only },
      opened: (one) => void (one.id !== undefined && sessions.set(one.id, one)),
      closed: (one) => void (one.id !== undefined && sessions.delete(one.id)),
    });
    const response = await session.handle(request, over);
    if (session.id === undefined) await session.close();
    return response;
  };

  return {
    async handle(request, name, over) {
      const id = request.headers.get("mcp-session-id");
      if (id === null) {
        if (request.method === "POST") return begin(request, name, over);
        return refusal(request.method === "GET" || request.method === "DELETE" ? 400 : 405, "there is no session yet");
      }
      const session = sessions.get(id);
      return session ? session.handle(request, over) : refusal(404, "Session not found", -32001);
    },
    meet: (project = elsewhere, withinMs = 0) => room.meet(project, withinMs),
    count: () => sessions.size,
    end() {
      ending = true;
      unlisten();
      for (const session of sessions.values()) session.end();
    },
    async close() {
      ending = true;
      unlisten();
      await Promise.all([...sessions.values()].map((session) => session.close()));
    },
  };
}

/** @throws CodexPlusError CP_REQUEST_INVALID */
export function projectOf(header: string | null, elsewhere: string): string {
  if (header === null) return elsewhere;
  try {
    const path = decodeURIComponent(header);
    if (isAbsolute(path) && !path.includes("\0")) return resolve(path);
  } catch {
    // Not percent-encoded: refused below.
  }
  throw new CodexPlusError("CP_REQUEST_INVALID", `${PROJECT_HEADER} is not an absolute path, percent-encoded`);
}

/** @throws CodexPlusError CP_MCP_UNKNOWN, with what keeps the server back where something does */
async function keyOf(room: McpRoom, project: string, name: string): Promise<string> {
  const { servers } = await room.set(project);
  const server = serverCalled(servers, name);
  if (server === undefined) {
    throw new CodexPlusError("CP_MCP_UNKNOWN", `no MCP server ${JSON.stringify(name)} is configured for ${project}`);
  }
  if (server.held) throw new CodexPlusError("CP_MCP_UNKNOWN", `${server.name} is not started: ${server.held.text}`);
  return server.key;
}

/** A JSON-RPC error outside of any session. */
function refusal(status: number, message: string, code = -32000): Response {
  return Response.json({ jsonrpc: "2.0", error: { code, message }, id: null }, { status });
}
