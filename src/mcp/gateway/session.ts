/** One client's session over HTTP: its server, its transport, and whether anything is under way in it. */
import { randomUUID } from "node:crypto";
import type { Server as SdkServer } from "@modelcontextprotocol/sdk/server/index.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { RecentEvents } from "./events.ts";
import type { Scope } from "./offered.ts";
import { createServer, type ServerOptions } from "./server.ts";

export interface SessionOptions extends ServerOptions {
  /** The largest body that is read, in bytes. */
  readonly bodyBytes: number;
  /** Told when a client has begun the session, and when it has ended, by whomever. */
  readonly opened: (session: Session) => void;
  readonly closed: (session: Session) => void;
}

/** When a client whose stream broke off should ask again, in ms. */
const RETRY_MS = 1000;

export class Session {
  readonly scope: Scope;
  readonly #sdk: SdkServer;
  readonly #transport: WebStandardStreamableHTTPServerTransport;
  #streams = 0;
  #calls = 0;
  #ending = false;
  /** The version of the protocol that was agreed on, once a request has named it. */
  #version: string | null = null;
  /** When the last answer ended (ms since 1970). */
  #since = Date.now();

  static async begin(options: SessionOptions): Promise<Session> {
    const session = new Session(await createServer(options), options);
    await session.#sdk.connect(session.#transport);
    return session;
  }

  private constructor(sdk: SdkServer, { scope, bodyBytes, opened, closed }: SessionOptions) {
    this.scope = scope;
    this.#sdk = sdk;
    this.#transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new RecentEvents(),
      retryInterval: RETRY_MS,
      maxRequestBodySize: bodyBytes,
      onsessioninitialized: () => opened(this),
    });
    this.#transport.onclose = () => closed(this);
  }

  /** Undefined until a client has begun it. */
  get id(): string | undefined {
    return this.#transport.sessionId;
  }

  /** Since when nothing is under way and no stream is open (ms since 1970); undefined while something is. */
  get idleSince(): number | undefined {
    return this.#streams + this.#calls === 0 ? this.#since : undefined;
  }

  /** @param over settles when the answer has been sent, or its reader is gone */
  async handle(request: Request, over: Promise<unknown>): Promise<Response> {
    const stream = request.method === "GET";
    if (stream) this.#streams++;
    else this.#calls++;
    void over.then(() => {
      if (stream) this.#streams--;
      else this.#calls--;
      this.#since = Date.now();
      if (this.#ending && this.#calls === 0) void this.close();
    });
    return this.#transport.handleRequest(this.#agreed(request));
  }

  /**
   * The request with the version that was agreed on: one that names another (as the conformance suite's own do) would
   * get answers in the form of that one, without the marks by which a broken stream is taken up again.
   */
  #agreed(request: Request): Request {
    const version = request.headers.get("mcp-protocol-version");
    this.#version ??= version;
    if (this.#version === null || version === null || version === this.#version) return request;
    const headers = new Headers(request.headers);
    headers.set("mcp-protocol-version", this.#version);
    const { url, method, body } = request;
    return new Request(url, { method, headers, body, duplex: "half" });
  }

  /** Tells the client that what the servers offer has changed. */
  async changed(): Promise<void> {
    await this.#sdk.sendToolListChanged();
    await this.#sdk.sendPromptListChanged();
    await this.#sdk.sendResourceListChanged();
  }

  /** Ends the streams that wait for news at once, and the session when its last call is over. */
  end(): void {
    this.#ending = true;
    this.#transport.closeStandaloneSSEStream();
    if (this.#calls === 0) void this.close();
  }

  async close(): Promise<void> {
    await this.#sdk.close();
  }
}
