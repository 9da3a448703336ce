/** WebSockets by the `ws` library, on either side of the proxy, with what they hear kept in order. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TestContext } from "node:test";
import { type ClientOptions, type ServerOptions, WebSocket, WebSocketServer } from "ws";

export interface Heard {
  readonly text: boolean;
  readonly data: Buffer;
}

export class Talk {
  readonly ws: WebSocket;
  /** On upstream's side, the upgrade as it arrived. */
  readonly request: IncomingMessage | undefined;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #heard: Heard[] = [];
  #close: { code: number; reason: string } | undefined;

  constructor(ws: WebSocket, request?: IncomingMessage) {
    this.ws = ws;
    this.request = request;
    ws.on("message", (data: Buffer, binary: boolean) => this.#heard.push({ text: !binary, data }));
    ws.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      ws.on("close", (code, reason) => {
        this.#close = { code, reason: reason.toString() };
        resolve(this.#close);
      });
    });
  }

  /** The next message. */
  async next(): Promise<Heard> {
    for (;;) {
      const first = this.#heard.shift();
      if (first !== undefined) return first;
      if (this.#close !== undefined)
        assert.fail(`closed (${this.#close.code} ${this.#close.reason}) while a message was awaited`);
      await Promise.race([once(this.ws, "message"), this.closed]);
    }
  }

  async text(): Promise<string> {
    return (await this.next()).data.toString("utf8");
  }

  async json(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.text()) as Record<string, unknown>;
  }

  /** All messages up to the terminal event. */
  async response(): Promise<Record<string, unknown>[]> {
    const events: Record<string, unknown>[] = [];
    for (;;) {
      const event = await this.json();
      events.push(event);
      if (/^(response\.(completed|failed|incomplete)|error)$/.test(`${event.type}`)) return events;
    }
  }

  /** Heard and not taken yet. */
  get left(): readonly Heard[] {
    return this.#heard;
  }

  send(message: string | Buffer | object): void {
    if (typeof message === "string" || Buffer.isBuffer(message))
      this.ws.send(message, { binary: Buffer.isBuffer(message) });
    else this.ws.send(JSON.stringify(message));
  }

  /** Text that is given as the bytes it has to be. */
  sendText(bytes: Buffer): void {
    this.ws.send(bytes, { binary: false });
  }
}

export interface Hall {
  readonly url: string;
  readonly port: number;
  /** The next WebSocket, in the order they were opened. */
  talk(): Promise<Talk>;
  /** TCP connections now open. */
  connections(): number;
}

/** An upstream that takes WebSockets. @param headers further lines of the 101 */
export async function hall(
  t: TestContext,
  options: ServerOptions = {},
  headers: readonly string[] = [],
): Promise<Hall> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const wss = new WebSocketServer({ maxPayload: 2 ** 30, ...options, server });
  const talks: Talk[] = [];
  wss.on("headers", (lines) => lines.push(...headers));
  wss.on("connection", (ws, request) => {
    talks.push(new Talk(ws, request));
    wss.emit("talk");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  let taken = 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    connections: () => sockets.size,
    async talk() {
      const mine = taken++;
      while (talks.length <= mine) await once(wss, "talk");
      return talks[mine] as Talk;
    },
  };
}

/** A client's WebSocket through the proxy. @throws what the library throws when the upgrade is refused */
export async function dial(
  t: TestContext,
  port: number,
  options: ClientOptions = {},
  path = "/responses",
  protocols: string[] = [],
): Promise<Talk> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { maxPayload: 2 ** 30, ...options });
  const talk = new Talk(ws);
  t.after(() => ws.terminate());
  const failed = once(ws, "error").then(([error]) => Promise.reject(error as Error));
  failed.catch(() => undefined);
  await Promise.race([once(ws, "open"), failed]);
  return talk;
}
