/** One connection to a server, from its handshake to its end. */
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import { within } from "../lib/within.ts";
import type { Listing } from "./listing.ts";
import { StdioTransport } from "./transport/stdio.ts";

/** Until a remote server that may have gone must have answered, in ms. */
const PING_MS = 5000;
/** A remote server is told of the end for so long, in ms. */
const GOODBYE_MS = 1000;

export class Session {
  readonly client: Client;
  readonly listing: Listing;
  readonly #transport: Transport;
  #doubted = false;
  #closing: Promise<void> | undefined;

  constructor(client: Client, transport: Transport, listing: Listing) {
    this.client = client;
    this.#transport = transport;
    this.listing = listing;
  }

  get pid(): number | undefined {
    return this.#transport instanceof StdioTransport ? this.#transport.pid : undefined;
  }

  /** Why it has ended by itself. */
  get ended(): string | undefined {
    return this.#transport instanceof StdioTransport ? this.#transport.ended : undefined;
  }

  get closing(): boolean {
    return this.#closing !== undefined;
  }

  /** Shakes hands. @throws what the SDK and the transport throw */
  async open(ms: number): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timeout = McpError.fromError(ErrorCode.RequestTimeout, "it did not start in time");
    const timer = setTimeout(() => late.reject(timeout), ms);
    try {
      await Promise.race([this.client.connect(this.#transport, { timeout: ms }), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Something was wrong on a remote server's streams. The SDK never ends a call whose stream has broken: whether anybody
   * is there has to be asked.
   */
  async doubt(): Promise<void> {
    if (this.#doubted || this.closing) return;
    this.#doubted = true;
    try {
      await this.client.ping({ timeout: PING_MS });
    } catch (error) {
      const answered = error instanceof McpError && error.code === ErrorCode.MethodNotFound;
      if (!answered) await this.client.close();
    } finally {
      this.#doubted = false;
    }
  }

  /** Behind it nothing of the server is left on this machine. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.listing.close();
    if (this.#transport instanceof StreamableHTTPClientTransport) {
      // However it goes: who has gone cannot be told.
      await within(this.#transport.terminateSession(), GOODBYE_MS).catch(() => undefined);
    }
    await this.client.close();
    // The SDK forgets a transport that has failed in the handshake.
    await this.#transport.close();
  }
}
