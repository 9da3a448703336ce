/** A connector whose connections are made when the test says so, and which it can look at. */
import type { Socket } from "node:net";
import type { Connector } from "../../src/transport/connector.ts";
import { plainConnector } from "../contract/plain.ts";

export class Gate implements Connector {
  readonly sockets: Socket[] = [];
  #open: Promise<void> = Promise.resolve();
  #lift: () => void = () => {};

  /** From now on connections wait for `open`. */
  shut(): void {
    this.#open = new Promise((resolve) => {
      this.#lift = resolve;
    });
  }

  open(): void {
    this.#lift();
  }

  /** Deaf to the signal, as a connector may be that is about to answer when it aborts. */
  async connect(origin: URL, purpose: "http" | "websocket"): Promise<Socket> {
    await this.#open;
    const socket = await plainConnector.connect(origin, purpose, new AbortController().signal);
    this.sockets.push(socket);
    return socket;
  }
}
