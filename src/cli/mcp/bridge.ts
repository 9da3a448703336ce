/**
 * Pipes messages between a client on this side and the gateway on the far one, both ways and as they are. A gateway that
 * is gone is looked for again; the client, which knows nothing of that, is introduced to the next one in its own words.
 */
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage, JSONRPCRequest, JSONRPCResponse, RequestId } from "@modelcontextprotocol/sdk/types.js";
import type { Far } from "./far.ts";
import { isLost, neverArrived, wordsOf } from "./loss.ts";

/** Requests of our own: no client counts like this. */
const HELLO_AGAIN = "codex-plus-hello";
const STILL_THERE = "codex-plus-ping";
/** Of JSON-RPC's range for servers; the SDK's own for a connection that is lost. */
const CONNECTION_CLOSED = -32000;
const ENDED = "the proxy of Codex-Plus ended before it had answered";
const CHANGED = ["tools", "prompts", "resources"].map((kind) => `notifications/${kind}/list_changed`);

export class Bridge {
  readonly #near: Transport;
  readonly #open: (again: boolean) => Promise<Far>;
  #far: Promise<Far> | undefined;
  /** How the client has introduced itself, and the version of the protocol that was agreed on. */
  #hello: JSONRPCRequest | undefined;
  #version: string | undefined;
  /** That the client's hello has been answered. Messages go up side by side: none may overtake it. */
  readonly #met = Promise.withResolvers<void>();
  #greeted = greeting();
  /** The client's requests without an answer: on their way up, or taken. */
  readonly #asked = new Map<RequestId, "sending" | "taken">();
  /** For whoever waits until there are none. */
  #rest: PromiseWithResolvers<void> | undefined;
  readonly #lost = new WeakSet<Far>();
  #probing = false;
  #closed = false;

  /** @param open opens a way to a gateway; told whether one was there before */
  constructor(near: Transport, open: (again: boolean) => Promise<Far>) {
    this.#near = near;
    this.#open = open;
  }

  async start(): Promise<void> {
    this.#near.onmessage = (message) => void this.#up(message);
    await this.#near.start();
  }

  /** Settles when the client has an answer to all that it has asked. */
  async answered(): Promise<void> {
    while (this.#asked.size > 0) {
      this.#rest = Promise.withResolvers();
      await this.#rest.promise;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#near.close();
    const far = await this.#far?.catch(() => undefined);
    await far?.close();
  }

  async #up(message: JSONRPCMessage): Promise<void> {
    const id = isRequest(message) ? message.id : undefined;
    if (id !== undefined) this.#asked.set(id, "sending");
    const cancelled = cancelledBy(message);
    if (cancelled !== undefined) this.#answered(cancelled);
    if (isRequest(message) && message.method === "initialize") this.#hello = message;
    else if (this.#hello !== undefined) await this.#met.promise;
    try {
      await this.#send(message);
      // It may have been answered already.
      if (id !== undefined && this.#asked.has(id)) this.#asked.set(id, "taken");
    } catch (error) {
      if (id !== undefined) this.#refuse(id, wordsOf(error));
    }
  }

  async #send(message: JSONRPCMessage): Promise<void> {
    const far = await this.#connected();
    try {
      await far.transport.send(message);
    } catch (error) {
      if (!isLost(error) || this.#closed) throw error;
      this.#lose(far);
      // What may have reached the gateway before it went is not done a second time.
      const call = isRequest(message) && message.method === "tools/call";
      if (call && !neverArrived(error)) throw error;
      await (await this.#connected()).transport.send(message);
    }
  }

  #connected(): Promise<Far> {
    if (this.#far !== undefined) return this.#far;
    const far = this.#begin().catch((error: unknown) => {
      // Another may have been begun since.
      if (this.#far === far) this.#far = undefined;
      throw error;
    });
    this.#far = far;
    return far;
  }

  async #begin(): Promise<Far> {
    const again = this.#version !== undefined;
    const far = await this.#open(again);
    const { transport } = far;
    transport.onmessage = (message) => this.#down(far, message);
    // Streams that break off, and what `send` throws: whether the gateway is gone, a question of our own tells.
    transport.onerror = () => void this.#probe(far);
    await transport.start();
    if (!again || this.#hello === undefined) return far;
    this.#greeted = greeting();
    await transport.send({ ...this.#hello, id: HELLO_AGAIN });
    await this.#greeted.promise;
    await transport.send({ jsonrpc: "2.0", method: "notifications/initialized" });
    // What the client knows, it knows from the one before.
    for (const method of CHANGED) await this.#near.send({ jsonrpc: "2.0", method });
    return far;
  }

  #down({ transport }: Far, message: JSONRPCMessage): void {
    if (isResponse(message)) {
      const { id } = message;
      if (id === STILL_THERE) return;
      if (id === HELLO_AGAIN || (id !== undefined && id === this.#hello?.id)) {
        const version = "result" in message ? message.result.protocolVersion : undefined;
        if (typeof version === "string") {
          this.#version = version;
          transport.setProtocolVersion(version);
        }
      }
      if (id === HELLO_AGAIN) {
        if ("error" in message) this.#greeted.reject(new Error(message.error.message));
        else this.#greeted.resolve();
        return;
      }
      if (id !== undefined) this.#answered(id);
    }
    void this.#near.send(message);
  }

  async #probe(far: Far): Promise<void> {
    if (this.#probing || this.#closed) return;
    this.#probing = true;
    try {
      await far.transport.send({ jsonrpc: "2.0", id: STILL_THERE, method: "ping" });
    } catch (error) {
      if (isLost(error)) this.#lose(far);
    } finally {
      this.#probing = false;
    }
  }

  /** The gateway is gone, and with it what it had taken. The next one is looked for at once: there may be news from it. */
  #lose(far: Far): void {
    if (this.#closed || this.#lost.has(far)) return;
    this.#lost.add(far);
    // Nothing more is asked of it; a proxy of our own ends too.
    void far.transport.close().then(() => far.close());
    this.#far = undefined;
    // It may have been asked for its first word only.
    this.#greeted.reject(new Error(ENDED));
    for (const [id, state] of this.#asked) {
      if (state === "taken") this.#refuse(id, ENDED);
    }
    // Whoever sends next is told why this fails, if it does.
    this.#connected().catch(() => undefined);
  }

  #answered(id: RequestId): void {
    this.#asked.delete(id);
    if (id === this.#hello?.id) this.#met.resolve();
    if (this.#asked.size === 0) this.#rest?.resolve();
  }

  #refuse(id: RequestId, message: string): void {
    this.#answered(id);
    void this.#near.send({ jsonrpc: "2.0", id, error: { code: CONNECTION_CLOSED, message } });
  }
}

/** That a gateway has greeted back. There may be nobody who waits for it. */
function greeting(): PromiseWithResolvers<void> {
  const greeted = Promise.withResolvers<void>();
  greeted.promise.catch(() => undefined);
  return greeted;
}

function isRequest(message: JSONRPCMessage): message is JSONRPCRequest {
  return "method" in message && "id" in message;
}

/** A request that the client wants no answer to any more: there comes none. */
function cancelledBy(message: JSONRPCMessage): RequestId | undefined {
  if (!("method" in message) || message.method !== "notifications/cancelled") return undefined;
  const id = message.params?.requestId;
  return typeof id === "string" || typeof id === "number" ? id : undefined;
}

function isResponse(message: JSONRPCMessage): message is JSONRPCResponse {
  return !("method" in message);
}
