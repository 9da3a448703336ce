/** What every group of cases of the transport suite is given. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { TestContext } from "node:test";
import type { Transport } from "../../src/contracts.ts";
import { Call, type CallOptions } from "./call.ts";
import { type Identity, originOf, Upstream } from "./upstream.ts";

type Answering = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

export class Suite {
  readonly makeTransport: () => Transport;
  readonly identity: Identity | undefined;

  constructor(makeTransport: () => Transport, identity: Identity | undefined) {
    this.makeTransport = makeTransport;
    this.identity = identity;
  }

  /** A transport and an upstream played by hand; both end with the test. */
  async bench(t: TestContext): Promise<Bench> {
    const upstream = await Upstream.start(this.identity);
    const transport = this.makeTransport();
    t.after(async () => {
      transport.close();
      await upstream.stop();
    });
    const { origin } = upstream;
    return { upstream, transport, origin, call: (options) => new Call(transport, origin, options) };
  }

  /** The same with a server of node:http, for what need not be seen byte by byte. */
  async served(t: TestContext, answer: Answering): Promise<Omit<Bench, "upstream">> {
    const { identity } = this;
    // A client that has gone is what some cases are about; the answer to it then has nowhere to go.
    const listener = (incoming: IncomingMessage, outgoing: ServerResponse) => {
      Promise.resolve(answer(incoming, outgoing)).catch(() => outgoing.destroy());
    };
    const server = identity === undefined ? createServer(listener) : createTlsServer(identity, listener);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const transport = this.makeTransport();
    t.after(async () => {
      transport.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const origin = originOf(server, identity);
    return { transport, origin, call: (options) => new Call(transport, origin, options) };
  }
}

export interface Bench {
  readonly upstream: Upstream;
  readonly transport: Transport;
  readonly origin: URL;
  call(options?: CallOptions): Call;
}

/** Bytes that repeat late, so that a lost or doubled piece shows. */
export function noise(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
