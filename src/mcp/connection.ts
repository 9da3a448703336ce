/** One server's life: started when somebody wants it, kept, left alone when it keeps failing, started again. */
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { RequestOptions } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { FetchLike } from "@modelcontextprotocol/sdk/shared/transport.js";
import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import { CodexPlusError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { Breaker } from "./breaker.ts";
import { createClient } from "./client.ts";
import { Listing } from "./listing.ts";
import { mask } from "./mask.ts";
import type { Caller, Offer, Server, ServerStatus } from "./mcp.ts";
import type { Access } from "./oauth/access.ts";
import { Session } from "./session.ts";
import { Subscriptions } from "./subscriptions.ts";
import { wayTo } from "./transport/index.ts";
import { ServerLog } from "./transport/stderr.ts";
import { type Trouble, troubleOf } from "./trouble.ts";
import { Underway } from "./underway.ts";

export interface ConnectionOptions {
  /** Until a server must have started and told what it offers, in ms. */
  readonly startMs: number;
  /** Until a call must have been answered, in ms, where the server's definition says nothing. */
  readonly callMs: number;
  /** A server that nobody has used for so long is stopped, in ms. */
  readonly idleMs: number;
  /** Folder of the servers' logs. */
  readonly logs: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  readonly fetch: FetchLike;
  /** How a login lets in at a remote server, where that is what does. */
  readonly access?: ((server: Server, fetch: FetchLike) => Access | undefined) | undefined;
  /** Hears of what it offers. */
  readonly offered: (server: Server, offer: Offer) => void;
}

/** So long a server that wants a login is not asked again with the one that it has refused, in ms. */
const LOGIN_MS = 60_000;
const WORDS = 3;

export class Connection {
  readonly server: Server;
  readonly #options: ConnectionOptions;
  readonly #breaker = new Breaker();
  readonly #underway = new Underway();
  readonly #subscriptions = new Subscriptions();
  readonly #mask: (text: string) => string;
  readonly #log: ServerLog;
  #session: Session | undefined;
  #opening: Session | undefined;
  #starting: Promise<Session> | undefined;
  #error: CodexPlusError | undefined;
  #refused: { readonly mark: string | undefined; readonly at: number } | undefined;
  #calls = 0;
  #idle: NodeJS.Timeout | undefined;
  readonly #ended = Promise.withResolvers<void>();
  #retired = false;
  #closed = false;

  constructor(server: Server, options: ConnectionOptions) {
    this.server = server;
    this.#options = options;
    this.#mask = mask(server.config);
    this.#log = new ServerLog(join(options.logs, "mcp", `${server.key}.log`), this.#mask);
  }

  status(): Omit<ServerStatus, "server" | "offer"> {
    const failed = this.#error?.code === "CP_MCP_LOGIN" ? "login" : "failed";
    const rest = this.#error === undefined ? "idle" : failed;
    const state = this.#session === undefined ? rest : "ready";
    return {
      state: this.#starting === undefined ? state : "starting",
      error: this.#error?.message,
      retryAt: this.#breaker.retryAt(),
      pid: (this.#session ?? this.#opening)?.pid,
      calls: this.#calls,
      stderr: this.#log.lines,
    };
  }

  /** What it offers now, which it is asked for where it does not run. @throws CodexPlusError CP_MCP_SERVER, CP_MCP_LOGIN */
  async offer(caller?: Caller): Promise<Offer> {
    const session = await this.#ready(caller);
    try {
      return await session.listing.look();
    } catch (thrown) {
      throw (await this.#went(thrown, session)).error;
    }
  }

  /**
   * Something that is asked of the server, with the time it may take. Where nothing was done because the connection, or
   * its headers, had run out, it is asked once more.
   * @throws CodexPlusError CP_MCP_SERVER, CP_MCP_LOGIN, CP_MCP_UNKNOWN; the caller's own reason where it gave up
   */
  async use<T>(caller: Caller, ask: (client: Client, options: RequestOptions) => Promise<T>): Promise<T> {
    this.#calls += 1;
    try {
      return await this.#ask(caller, ask, true);
    } finally {
      this.#rest();
    }
  }

  /** @throws as `use` does */
  async subscribe(caller: Caller, uri: string, updated: () => void): Promise<() => Promise<void>> {
    // A start asks for all that are wanted already.
    await this.#ready(caller);
    if (this.#subscriptions.add(uri, updated)) {
      try {
        await this.use(caller, (client, options) => client.subscribeResource({ uri }, options));
      } catch (error) {
        this.#subscriptions.remove(uri, updated);
        throw error;
      }
    }
    return async () => {
      if (!this.#subscriptions.remove(uri, updated)) return;
      await this.#session?.client
        .unsubscribeResource({ uri }, { timeout: this.#options.startMs })
        .catch(() => undefined);
      this.#rest();
    };
  }

  /** It is written down no more, or not as it was. @returns when it has ended, which it does behind its last call */
  retire(): Promise<void> {
    this.#retired = true;
    return this.#underway.size === 0 ? this.close() : this.#ended.promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await Promise.all([this.#session?.close(), this.#opening?.close()]);
    await this.#starting?.catch(() => undefined);
    await this.#log.flush();
    this.#ended.resolve();
  }

  async #ask<T>(
    caller: Caller,
    ask: (client: Client, options: RequestOptions) => Promise<T>,
    again: boolean,
  ): Promise<T> {
    const session = await this.#ready(caller);
    const over = this.#underway.add(caller);
    // One of our own: the SDK never takes its listener off, and would tell the server of an abort behind the answer.
    const cancel = new AbortController();
    const abort = () => cancel.abort(caller.signal.reason);
    caller.signal.addEventListener("abort", abort, { once: true });
    try {
      caller.signal.throwIfAborted();
      const answer = await ask(session.client, this.#limits(caller, cancel.signal));
      await this.#well();
      return answer;
    } catch (thrown) {
      caller.signal.throwIfAborted();
      const { kind, error } = await this.#went(thrown, session);
      if (kind !== "stale" || !again) throw error;
    } finally {
      over();
      caller.signal.removeEventListener("abort", abort);
    }
    return this.#ask(caller, ask, false);
  }

  #limits({ progress }: Caller, signal: AbortSignal): RequestOptions {
    const timeout = this.server.config.timeoutMs ?? this.#options.callMs;
    const onprogress: RequestOptions["onprogress"] =
      progress &&
      (({ progress: come, total, message }) =>
        progress({ progress: come, ...(total !== undefined && { total }), ...(message !== undefined && { message }) }));
    return { timeout, signal, ...(onprogress && { onprogress }) };
  }

  /** The connection, made where there is none. A start goes on when one of those that wait for it gives up. */
  async #ready(caller?: Caller): Promise<Session> {
    this.#mayRun();
    if (this.#session !== undefined) return this.#session;
    if (this.#starting === undefined) await this.#mayStart(caller !== undefined);
    // Somebody else may have begun meanwhile, or be done already.
    if (this.#session !== undefined) return this.#session;
    this.#starting ??= this.#begin().finally(() => {
      this.#starting = undefined;
    });
    return caller === undefined ? this.#starting : unlessAborted(this.#starting, caller.signal);
  }

  #mayRun(): void {
    if (this.#closed) throw new CodexPlusError("CP_MCP_SERVER", `${this.server.name} has been stopped`);
  }

  /** @throws CodexPlusError what went wrong the last time, where it is too early for another try */
  async #mayStart(wanted: boolean): Promise<void> {
    const error = this.#error;
    if (error?.code === "CP_MCP_LOGIN" && this.#refused !== undefined) {
      const { mark, at } = this.#refused;
      if (Date.now() - at < LOGIN_MS && mark === (await this.#access()?.mark())) throw error;
    }
    const retryAt = this.#breaker.retryAt(wanted);
    if (retryAt === undefined) return;
    const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
    const why = error?.message ?? `${this.server.name} has failed`;
    throw new CodexPlusError("CP_MCP_SERVER", `${why} (it is left alone for ${seconds} s)`);
  }

  async #begin(): Promise<Session> {
    const access = this.#access();
    const mark = await access?.mark();
    try {
      const session = await this.#start(access);
      this.#refused = undefined;
      return session;
    } catch (thrown) {
      this.#mayRun();
      const { kind, error } = troubleOf(thrown, this.#circumstances(this.#opening));
      this.#options.log.warn({ server: this.server.key, error: error.message }, "an MCP server did not start");
      this.#error = this.#withLastWords(error);
      if (kind === "login") this.#refused = { mark, at: Date.now() };
      // Who has no login to offer is asked again no sooner than one who does not answer.
      if (kind !== "login" || access === undefined) await this.#breaker.bad();
      throw this.#error;
    } finally {
      this.#opening = undefined;
    }
  }

  async #start(access: Access | undefined): Promise<Session> {
    const { server } = this;
    const { startMs, env, log, fetch } = this.#options;
    const transport = await wayTo(server, { env, log: this.#log, access, fetch });
    const client = createClient({
      server,
      underway: this.#underway,
      log,
      mask: this.#mask,
      changed: () => session.listing.changed(),
      updated: (uri) => this.#subscriptions.updated(uri),
    });
    const listing = new Listing(client, startMs, (offer) => this.#options.offered(server, offer));
    const session = new Session(client, transport, listing);
    this.#opening = session;
    client.onerror = () => {
      if (server.config.type !== "stdio" && this.#underway.size > 0) void session.doubt();
    };
    try {
      this.#mayRun();
      await session.open(startMs);
      this.#mayRun();
    } catch (error) {
      await session.close();
      throw error;
    }
    this.#session = session;
    client.onclose = () => void this.#lost(session);
    // Calls need not wait for it: what is offered was mostly known before.
    listing.look().catch(() => undefined);
    await this.#subscriptions.begin(client, startMs);
    this.#rest();
    return session;
  }

  async #well(): Promise<void> {
    this.#error = undefined;
    await this.#breaker.good();
  }

  /** What becomes of the server when something that was asked of it went wrong. */
  async #went(thrown: unknown, session: Session): Promise<Trouble> {
    const trouble = troubleOf(thrown, this.#circumstances(session));
    const { kind, error } = trouble;
    if (kind === "answered") await this.#well();
    else this.#error = error;
    if (kind === "login") this.#refused = { mark: await this.#access()?.mark(), at: Date.now() };
    if (kind === "late" || kind === "failing") {
      await this.#breaker.bad();
      if (this.#breaker.open) await this.#end(session);
    }
    if (kind === "login" || kind === "stale") await this.#end(session);
    // A connection that has closed is counted once, however many calls it had.
    if (kind === "lost" && this.#session === session) {
      await this.#lost(session);
      await session.close();
    }
    return trouble;
  }

  async #lost(session: Session): Promise<void> {
    if (this.#session !== session) return;
    this.#session = undefined;
    if (session.closing) return;
    this.#error = troubleOf(new McpError(ErrorCode.ConnectionClosed, ""), this.#circumstances(session)).error;
    this.#options.log.warn({ server: this.server.key, error: this.#error.message }, "an MCP server has gone");
    await this.#breaker.bad();
    await session.close();
  }

  async #end(session: Session): Promise<void> {
    if (this.#session === session) this.#session = undefined;
    await session.close();
  }

  /** Nobody has a call under way: it is stopped when that stays so. */
  #rest(): void {
    clearTimeout(this.#idle);
    const session = this.#session;
    if (this.#underway.size > 0) return;
    if (this.#retired) return void this.close();
    if (session === undefined || this.#subscriptions.size > 0) return;
    const stop = () => {
      // A call may have begun meanwhile; its end sets the time anew.
      if (this.#underway.size === 0) void this.#end(session);
    };
    this.#idle = setTimeout(stop, this.#options.idleMs).unref();
  }

  #access(): Access | undefined {
    return this.#options.access?.(this.server, this.#options.fetch);
  }

  #circumstances(session: Session | undefined) {
    return { server: this.server, ended: session?.ended, mask: this.#mask };
  }

  #withLastWords(error: CodexPlusError): CodexPlusError {
    const words = this.#log.lines.slice(-WORDS).join(" | ");
    if (words === "" || error.code !== "CP_MCP_SERVER") return error;
    return new CodexPlusError("CP_MCP_SERVER", `${error.message}. Its last words: ${words}`, { cause: error.cause });
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const gone = Promise.withResolvers<never>();
  const abort = () => gone.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, gone.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
