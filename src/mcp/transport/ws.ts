/** A server behind a WebSocket, subprotocol `mcp`. The SDK's own transport can send no header. */
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { type JSONRPCMessage, JSONRPCMessageSchema } from "@modelcontextprotocol/sdk/types.js";
import { WebSocket } from "ws";

/** Of one message that comes, and of what waits to be read over there. */
const MOST_BYTES = 64 * 1024 ** 2;

export class WebSocketTransport implements Transport {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  #socket: WebSocket | undefined;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  constructor(url: URL, headers: Readonly<Record<string, string>>) {
    this.#url = url;
    this.#headers = headers;
  }

  /** @throws Error with the `code` of the status, where the server answered with one */
  start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = new WebSocket(this.#url, "mcp", { headers: { ...this.#headers }, maxPayload: MOST_BYTES });
    this.#socket = socket;
    socket.once("open", () => resolve());
    socket.once("unexpected-response", (_request, response) => {
      response.resume();
      reject(Object.assign(new Error(`it answered with HTTP ${response.statusCode}`), { code: response.statusCode }));
      socket.terminate();
    });
    socket.on("error", (error) => {
      reject(error);
      this.onerror?.(error);
    });
    socket.once("close", () => this.onclose?.());
    socket.on("message", (data) => this.#message(String(data)));
    return promise;
  }

  send(message: JSONRPCMessage): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#socket !== undefined && this.#socket.bufferedAmount > MOST_BYTES) this.#socket.terminate();
    if (this.#socket === undefined) reject(new Error("it is not connected"));
    else this.#socket.send(JSON.stringify(message), (error) => (error ? reject(error) : resolve()));
    return promise;
  }

  close(): Promise<void> {
    this.#socket?.terminate();
    return Promise.resolve();
  }

  #message(text: string): void {
    try {
      this.onmessage?.(JSONRPCMessageSchema.parse(JSON.parse(text)));
    } catch (error) {
      this.onerror?.(error as Error);
    }
  }
}
