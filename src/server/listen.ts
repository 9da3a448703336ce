/** The listening server: limits on heads, the guard before every route, and a stop that lets running turns end. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { CodexPlusError, toCodexPlusError } from "../errors.ts";
import type { Front } from "./front.ts";
import type { Admitted } from "./guard.ts";
import { handleHttp } from "./http.ts";
import { nextId } from "./record.ts";
import { sendError, sendRawError } from "./reply.ts";
import { handleUpgrade } from "./websocket.ts";
import type { Session } from "./ws-session.ts";

export interface Listener {
  readonly port: number;
  /** Open WebSockets. */
  readonly sockets: () => number;
  /** Refuses new connections, gives running turns `limits.stopMs`, then closes what is left. */
  stop(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const CONTROL = /^\/_plus(?=[/?]|$)/;
/** Idle connections of clients live longer than any client keeps them, so that no request races our closing. */
const KEEP_ALIVE_MS = 120_000;

/** @throws CodexPlusError CP_PORT_TAKEN */
export async function listen(
  front: Front,
  control: Handler,
  address: { port: number; host: string },
): Promise<Listener> {
  const open: Open = { sessions: new Set(), upgrading: new Set(), silent: new Set(), stopping: false };
  const { sessions, upgrading, silent } = open;
  const server = makeServer(front);
  /** Requests that each connection has not been answered. */
  const running = new WeakMap<Socket, number>();
  const count = (socket: Socket, by: 1 | -1): void => {
    const now = (running.get(socket) ?? 0) + by;
    running.set(socket, now);
    if (now > 0 || socket.destroyed) silent.delete(socket);
    else silent.add(socket);
  };

  server.on("connection", (socket: Socket) => {
    silent.add(socket);
    socket.on("close", () => silent.delete(socket));
  });

  const http = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    count(socket, 1);
    response.on("close", () => {
      count(socket, -1);
      // A connection that is kept alive after its last answer would otherwise hold the stop up.
      if (open.stopping) server.closeIdleConnections();
    });
    try {
      const admitted = admit(front, request);
      const { url } = admitted;
      if (CONTROL.test(url)) {
        front.guard.admitControl(admitted, request.rawHeaders);
        request.url = url;
        control(request, response);
      } else handleHttp(front, request, response, url);
    } catch (error) {
      turnAway(front, error, (mine, id) => sendError(response, mine, id));
    }
  };
  server.on("request", http);
  // Both go up like any other field; upstream's 100, or its refusal, comes down.
  server.on("checkContinue", http);
  server.on("checkExpectation", http);

  server.on("upgrade", (request: IncomingMessage, socket: Socket, rest: Buffer) => {
    socket.on("error", () => undefined);
    silent.delete(socket);
    try {
      const { url } = admit(front, request);
      // What stands behind the head would be read as frames by one side and as a body by the other.
      if (request.method !== "GET" || hasLength(request.rawHeaders)) {
        throw new CodexPlusError("CP_REQUEST_INVALID", "a WebSocket is asked for with GET and no body");
      }
      if (CONTROL.test(url)) throw new CodexPlusError("CP_ROUTE_UNKNOWN", "there is no control route for WebSockets");
      upgrading.add(socket);
      socket.on("close", () => upgrading.delete(socket));
      void handleUpgrade(front, request, socket, rest, url, (session) => {
        upgrading.delete(socket);
        sessions.add(session);
        session.onClosed = () => sessions.delete(session);
        if (open.stopping) session.stop();
      });
    } catch (error) {
      turnAway(front, error, (mine, id) => sendRawError(socket, mine, id));
    }
  });
  server.on("connect", (_request: IncomingMessage, socket: Socket) => {
    const error = new CodexPlusError("CP_REQUEST_INVALID", "CONNECT is for forward proxies, which this is not");
    turnAway(front, error, (mine, id) => sendRawError(socket, mine, id));
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) =>
    onMalformed(front, error, socket, (running.get(socket) ?? 0) > 0),
  );

  await bind(server, address);
  // Too many open files, for one: those who are connected are served on, and others may try again.
  server.on("error", (error) => front.log.error({ err: error }, "a connection could not be taken"));
  return {
    port: (server.address() as AddressInfo).port,
    sockets: () => sessions.size,
    stop: () => stop(server, open, front),
  };
}

/** What keeps the server from closing, besides the requests that Node itself knows of. */
interface Open {
  readonly sessions: Set<Session>;
  /** Sockets whose upgrade is not answered yet, or was refused. */
  readonly upgrading: Set<Socket>;
  /** Connections without a request under way. Node closes only those of them that have been answered before. */
  readonly silent: Set<Socket>;
  stopping: boolean;
}

function makeServer({ limits }: Front): Server {
  return createServer({
    noDelay: true,
    // Refuses both lengths at once, bad chunking, spaces in header names: what request smuggling is made of.
    insecureHTTPParser: false,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headMs,
    connectionsCheckingInterval: Math.min(1000, limits.headMs),
    // Bodies and streams may take as long as they like.
    requestTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // An upgrade to anything else is a plain request (RFC 9110 7.8: the field may be ignored).
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === "websocket",
  });
}

/** @throws CodexPlusError where the guard or the form of the request line says no */
function admit(front: Front, request: IncomingMessage): Admitted {
  const ambiguous = ambiguity(request.rawHeaders);
  if (ambiguous !== undefined) throw new CodexPlusError("CP_REQUEST_INVALID", `the request has ${ambiguous}`);
  const target = request.url ?? "/";
  const url = target.startsWith("/") ? target : pathOfAbsolute(target);
  return front.guard.admit(url, request.rawHeaders);
}

/** What Node's parser lets through though two readers could understand it differently (RFC 9112 3.2, 6.1). */
function ambiguity(headers: readonly string[]): string | undefined {
  let hosts = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]?.toLowerCase();
    if (name === "host" && ++hosts > 1) return "more than one Host field";
    if (name === "transfer-encoding" && headers[i + 1]?.toLowerCase() !== "chunked")
      return "a transfer-encoding other than chunked";
  }
  return undefined;
}

/** Whether the head says anything of a body's length. */
function hasLength(headers: readonly string[]): boolean {
  return headers.some((name, i) => i % 2 === 0 && /^(content-length|transfer-encoding)$/i.test(name));
}

/**
 * Clients told to use a forward proxy send the whole address; its host is ours or the Host check has refused it. What is
 * behind the host is not touched: a URL parser would resolve dots and escapes, and upstream gets to see other paths.
 */
function pathOfAbsolute(target: string): string {
  const host = /^http:\/\/[^/?#]+/i.exec(target)?.[0];
  if (host === undefined) throw new CodexPlusError("CP_REQUEST_INVALID", "the request line names no path");
  const path = target.slice(host.length);
  return path.startsWith("/") ? path : `/${path}`;
}

function turnAway(front: Front, thrown: unknown, send: (error: CodexPlusError, id: string) => void): void {
  const error = toCodexPlusError(thrown);
  const id = nextId();
  front.log.warn({ id, status: error.row.status, code: error.code, reason: error.message }, "turned away");
  send(error, id);
}

/** What was not HTTP, or came too slowly, or was too much. @param answering whether an answer is under way on it */
function onMalformed(front: Front, error: NodeJS.ErrnoException, socket: Socket, answering: boolean): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { code } = error;
  const mine =
    code === "HPE_HEADER_OVERFLOW"
      ? new CodexPlusError(
          "CP_REQUEST_TOO_LARGE",
          `the request's head is over the limit of ${front.limits.headerBytes} bytes`,
        )
      : code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? new CodexPlusError("CP_REQUEST_INVALID", `the request's head did not arrive within ${front.limits.headMs} ms`)
        : new CodexPlusError("CP_REQUEST_INVALID", `the request is not valid HTTP/1.1 (${code ?? error.message})`);
  // Ours would be read as a part of the answer that is under way.
  turnAway(front, mine, (each, id) => (answering ? socket.destroy() : sendRawError(socket, each, id)));
}

function bind(server: Server, { port, host }: { port: number; host: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => {
      if (cause.code === "EADDRINUSE")
        reject(new CodexPlusError("CP_PORT_TAKEN", `${host}:${port} is in use`, { cause }));
      else
        reject(
          new CodexPlusError("CP_CONFIG_INVALID", `cannot listen on ${host}:${port}: ${cause.message}`, { cause }),
        );
    };
    server.once("error", failed);
    // The second number is the queue of connections not yet accepted: a thousand streams may begin at once.
    server.listen({ port, host, backlog: 4096 }, () => {
      server.off("error", failed);
      resolve();
    });
  });
}

async function stop(server: Server, open: Open, front: Front): Promise<void> {
  const { sessions, upgrading, silent } = open;
  open.stopping = true;
  for (const session of sessions) session.stop();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  for (const socket of silent) socket.destroy();
  const late = setTimeout(() => {
    for (const session of sessions) session.link.close(1001, "codex-plus has stopped");
    for (const socket of upgrading) socket.destroy();
    server.closeAllConnections();
  }, front.limits.stopMs);
  await closed;
  await Promise.all([...sessions].map((session) => new Promise<void>((resolve) => (session.onClosed = resolve))));
  clearTimeout(late);
}
