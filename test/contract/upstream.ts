/** A real server on an ephemeral port whose test plays it by hand, connection by connection and byte by byte. */
import { once } from "node:events";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** Key and certificate (PEM) of a server that the transport under test trusts, and the name it is for. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
  readonly host: string;
}

/** One accepted connection. */
export class Peer {
  readonly socket: Socket;
  /** When the other side has closed or reset the connection. */
  readonly gone: Promise<void>;
  #received = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.socket = socket;
    this.gone = new Promise((resolve) => {
      socket
        .on("error", () => {})
        .on("end", resolve)
        .on("close", resolve);
    });
    socket.on("data", (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
    });
  }

  /** The head of the next request, with its empty line. */
  async head(): Promise<string> {
    return this.through("\r\n\r\n");
  }

  /** All bytes up to and including a mark, taken out of what was received. */
  async through(mark: string): Promise<string> {
    while (!this.#received.includes(mark)) await this.#more();
    return this.bytes(this.#received.indexOf(mark) + mark.length);
  }

  async bytes(count: number): Promise<string> {
    while (this.#received.length < count) await this.#more();
    const taken = this.#received.toString("latin1", 0, count);
    this.#received = this.#received.subarray(count);
    return taken;
  }

  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  async #more(): Promise<void> {
    await Promise.race([
      once(this.socket, "data"),
      this.gone.then(() =>
        Promise.reject(new Error(`the peer has gone; it had sent ${JSON.stringify(`${this.#received}`)}`)),
      ),
    ]);
  }
}

export class Upstream {
  readonly origin: URL;
  /** How many connections were accepted. */
  accepted = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiting: Peer[] = [];
  #arrived: (() => void) | undefined;

  private constructor(server: Server, origin: URL) {
    this.#server = server;
    this.origin = origin;
  }

  static async start(identity?: Identity): Promise<Upstream> {
    const server = identity === undefined ? createTcpServer() : createTlsServer(identity);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const origin = originOf(server, identity);
    const upstream = new Upstream(server, origin);
    server.on(identity === undefined ? "connection" : "secureConnection", (socket: Socket) => upstream.#accept(socket));
    return upstream;
  }

  /** The next connection, in the order they came. */
  async peer(): Promise<Peer> {
    let peer = this.#waiting.shift();
    while (peer === undefined) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
      peer = this.#waiting.shift();
    }
    return peer;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    this.accepted++;
    this.#sockets.add(socket);
    this.#waiting.push(new Peer(socket));
    this.#arrived?.();
  }
}

/** Where a listening server is reached, under the name its certificate has. */
export function originOf(server: Server, identity: Identity | undefined): URL {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("the server does not listen on a port");
  return identity === undefined
    ? new URL(`http://127.0.0.1:${address.port}`)
    : new URL(`https://${identity.host}:${address.port}`);
}
