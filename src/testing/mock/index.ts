/** The embedded ChatGPT backend: a real server for tests and the demo, which refuses what the real one would refuse. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { WebSocketServer } from "ws";
import type { Residency } from "./account.ts";
import { counter } from "./ask.ts";
import { Backend } from "./backend.ts";
import { send } from "./http.ts";
import { echo } from "./model.ts";
import { Recording, type SeenRequest } from "./record.ts";
import { isResponses, plainAnswer, respond } from "./routes.ts";
import type { Answer, Model, Reply } from "./script.ts";
import { refuse, upgradeRefusal } from "./upgrade.ts";
import { DEFAULT_LIMITS, type Limits } from "./usual.ts";
import { serveSocket } from "./websocket.ts";

/** One message, as the real backend and Codex limit it. */
const LARGEST = 64 * 1024 ** 2;

export interface MockOptions {
  /** Answers turns that no script answers; an echo by default. */
  readonly model?: Model;
  /** Entries of the model catalogue. Empty: Codex uses its own. */
  readonly models?: readonly unknown[];
  readonly limits?: Limits;
  readonly residency?: Residency;
  /** Whether permessage-deflate is agreed to, as the real backend does. True by default. */
  readonly deflate?: boolean;
  readonly port?: number;
}

export interface Mock {
  /** `http://127.0.0.1:PORT`. Any path before `/responses`, `/models` and `/wham/…` is accepted. */
  readonly url: string;
  readonly port: number;
  readonly record: Recording;
  /** Replies for a person's next turns, in order; then the model answers again. */
  script(...replies: (Reply | Model)[]): void;
  /** Asked first for every turn, side requests included; undefined leaves it to the others. */
  answer(model: Model): void;
  /** Asked first for every HTTP request, upgrades included: an answer takes the place of the backend's own. */
  intercept(answer: (request: SeenRequest) => Answer | undefined): void;
  /** TCP connections that are open now. */
  connections(): number;
  /** Closes everything, running streams included. */
  stop(): Promise<void>;
}

/** Starts the backend on an ephemeral port of 127.0.0.1. */
export async function startMock(options: MockOptions = {}): Promise<Mock> {
  const record = new Recording();
  const backend = new Backend(record, counter(), options.model ?? echo, options.limits ?? DEFAULT_LIMITS);
  const sockets = new Map<Socket, number>();
  let intercept: (request: SeenRequest) => Answer | undefined = () => undefined;
  let connections = 0;

  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
  const websockets = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST,
    perMessageDeflate: options.deflate ?? true,
  });
  server.on("connection", (socket: Socket) => {
    connections += 1;
    const connection = connections;
    sockets.set(socket, connection);
    record.moment({ connection, what: "open" });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      record.moment({ connection, what: "closed" });
    });
  });
  websockets.on("headers", (headers) => headers.push("x-request-id: req_mock_upgrade"));

  const see = (message: IncomingMessage, upgrade: boolean): SeenRequest => {
    const { method = "", url: path = "", httpVersion, rawHeaders } = message;
    const connection = sockets.get(message.socket) ?? 0;
    const body = Buffer.alloc(0);
    const seen: SeenRequest = { connection, method, path, httpVersion, rawHeaders, upgrade, body, trailers: [] };
    record.requests.push(seen);
    return seen;
  };

  const serve = async (message: IncomingMessage, response: ServerResponse) => {
    const request = see(message, false);
    // A client that leaves while it uploads is no request.
    const body = await buffer(message).catch(() => undefined);
    if (!body) return;
    request.body = body;
    request.trailers = message.rawTrailers;
    record.changed();
    const answer = intercept(request);
    if (answer) await send(response, answer);
    else if (request.method === "POST" && isResponses(request)) await respond(backend, request, response);
    else await send(response, plainAnswer(request, options));
  };
  server.on("request", (message, response) => void serve(message, response));
  // The body is read whatever comes, so the client need not be kept waiting.
  server.on("checkContinue", (message, response) => {
    response.writeContinue();
    void serve(message, response);
  });

  server.on("upgrade", (message, socket: Socket, head) => {
    const request = see(message, true);
    record.changed();
    const refusal = intercept(request) ?? upgradeRefusal(request, record);
    if (refusal) void refuse(message, socket, refusal);
    else
      websockets.handleUpgrade(message, socket, head, (websocket) => serveSocket(backend, request, websocket, socket));
  });

  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    record,
    script: (...replies) => backend.script(...replies),
    answer: (model) => {
      backend.answer = model;
    },
    intercept: (answer) => {
      intercept = answer;
    },
    connections: () => sockets.size,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      websockets.close();
      for (const socket of sockets.keys()) socket.destroy();
      await closed;
      await record.until(() => sockets.size === 0);
    },
  };
}
