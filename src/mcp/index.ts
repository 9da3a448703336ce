/** The room of MCP servers: those of every project, started when they are wanted. */
import type { FetchLike } from "@modelcontextprotocol/sdk/shared/transport.js";
import type {
  CallToolResult,
  CompleteRequest,
  CompleteResult,
  GetPromptResult,
  ReadResourceResult,
} from "@modelcontextprotocol/sdk/types.js";
import { CodexPlusError, toCodexPlusError } from "../errors.ts";
import { nearestName } from "../lib/nearest.ts";
import { within } from "../lib/within.ts";
import type { Connection, ConnectionOptions } from "./connection.ts";
import { limited } from "./limit.ts";
import type {
  Around,
  Caller,
  CallRecord,
  McpRoom,
  NamedTool,
  Offer,
  Server,
  ServerSet,
  ServerStatus,
  ToolCall,
} from "./mcp.ts";
import { namedTools, serverNamed, toolNamed } from "./names.ts";
import { Offers } from "./offers.ts";
import { serverCalled } from "./sources/names.ts";

/** Where servers are written down. */
export interface Sources {
  set(project: string): Promise<ServerSet>;
  any(project: string): boolean;
}

export interface McpOptions extends Omit<ConnectionOptions, "offered" | "fetch"> {
  readonly sources: Sources;
  /** The file of what servers have said they offer. */
  readonly offers: string;
  /** What of a tool's result reaches the model, in tokens. */
  readonly outputTokens: number;
  /** So long a server that was never met may take to tell what it offers, in ms; then nobody waits for it any more. */
  readonly patienceMs?: number;
  /** How remote servers are reached; Node's own by default. */
  readonly fetch?: FetchLike | undefined;
  readonly around?: Around | undefined;
  readonly recorded?: ((record: CallRecord) => void) | undefined;
}

const PATIENCE_MS = 5000;

export class Mcp implements McpRoom {
  readonly #options: McpOptions;
  readonly #offers: Offers;
  /** By the server's digest. */
  readonly #connections = new Map<string, Connection>();
  /** Those that end when their last call is over. */
  readonly #leaving = new Set<Connection>();
  readonly #listeners = new Set<(project: string) => void>();
  #closed = false;

  constructor(options: McpOptions) {
    this.#options = options;
    this.#offers = new Offers(options.offers, options.log);
  }

  async set(project: string): Promise<ServerSet> {
    const set = await this.#options.sources.set(project);
    this.#retire(project, set.servers);
    return set;
  }

  any(project: string): boolean {
    return this.#options.sources.any(project);
  }

  async status(project: string): Promise<readonly ServerStatus[]> {
    const [{ servers }] = await Promise.all([this.set(project), this.#offers.load()]);
    return servers.map((server) => {
      const known = this.#connections.get(server.digest)?.status() ?? { state: "idle", calls: 0, stderr: [] };
      const held = server.held && { state: "held" as const, error: undefined };
      const { digest } = server;
      return { ...known, ...held, server, offer: this.#offers.get(digest), slow: this.#offers.slow(digest) };
    });
  }

  async meet(project: string, withinMs: number): Promise<void> {
    const [servers] = await Promise.all([this.#usable(project), this.#offers.load()]);
    const met = servers.map((server) => {
      const slow = this.#offers.slow(server.digest);
      const meeting = this.#meet(server);
      return slow ? undefined : meeting;
    });
    await within(Promise.all(met), withinMs);
  }

  async tools(project: string): Promise<readonly NamedTool[]> {
    const [servers] = await Promise.all([this.#usable(project), this.#offers.load()]);
    for (const server of servers) void this.#meet(server);
    return this.#named(servers);
  }

  async call(name: string, input: Readonly<Record<string, unknown>>, caller: Caller): Promise<CallToolResult> {
    try {
      const found = await this.#find(name, caller);
      return await this.#call({ ...found, input, caller });
    } catch (error) {
      caller.signal.throwIfAborted();
      return failure(words(error));
    }
  }

  async prompt(
    server: string,
    name: string,
    args: Readonly<Record<string, string>>,
    caller: Caller,
  ): Promise<GetPromptResult> {
    const connection = await this.#connectionNamed(server, caller);
    return connection.use(caller, (client, options) => client.getPrompt({ name, arguments: { ...args } }, options));
  }

  async read(server: string, uri: string, caller: Caller): Promise<ReadResourceResult> {
    const connection = await this.#connectionNamed(server, caller);
    return connection.use(caller, (client, options) => client.readResource({ uri }, options));
  }

  async complete(server: string, params: Record<string, unknown>, caller: Caller): Promise<CompleteResult> {
    const connection = await this.#connectionNamed(server, caller);
    // As it came: the server itself says what is wrong with it.
    return connection.use(caller, (client, options) => client.complete(params as CompleteRequest["params"], options));
  }

  async subscribe(server: string, uri: string, caller: Caller, updated: () => void): Promise<() => Promise<void>> {
    const connection = await this.#connectionNamed(server, caller);
    return connection.subscribe(caller, uri, updated);
  }

  changed(listener: (project: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#connections.values(), ...this.#leaving];
    await Promise.all(all.map((connection) => connection.close()));
    await this.#offers.flush();
  }

  async #call(call: ToolCall): Promise<CallToolResult> {
    const { around, recorded, log } = this.#options;
    const at = Date.now();
    const began = performance.now();
    // What the tool really gets is what is recorded.
    let made = call;
    const run = (input: ToolCall["input"]) => {
      made = { ...call, input };
      return this.#run(made);
    };
    let result: CallToolResult;
    try {
      result = await (around === undefined ? run(call.input) : around(call, run));
    } catch (error) {
      result = failure(words(error));
      if (!call.caller.signal.aborted) log.warn({ err: error, tool: call.name }, "an MCP call failed");
    }
    recorded?.({ call: made, result, at, ms: performance.now() - began, failed: result.isError === true });
    call.caller.signal.throwIfAborted();
    return result;
  }

  async #run({ server, tool, input, caller }: ToolCall): Promise<CallToolResult> {
    try {
      const connection = await this.#connection(server);
      const { CallToolResultSchema } = await import("@modelcontextprotocol/sdk/types.js");
      const request = { method: "tools/call" as const, params: { name: tool.name, arguments: { ...input } } };
      // Not the SDK's `callTool`: who asked for the result judges its structure, and no server is failed for it here.
      const result = await connection.use(caller, (client, options) =>
        client.request(request, CallToolResultSchema, options),
      );
      return limited(result, tool, this.#options.outputTokens);
    } catch (error) {
      caller.signal.throwIfAborted();
      return failure(words(error, server.name));
    }
  }

  /** The tool of a name. A server that may have it is asked where it is not known. @throws CodexPlusError */
  async #find(name: string, caller: Caller): Promise<NamedTool> {
    const [{ servers }] = await Promise.all([this.set(caller.project), this.#offers.load()]);
    const usable = servers.filter(({ held }) => held === undefined);
    const known = toolNamed(this.#named(usable), name);
    if (known !== undefined) return known;
    const server = serverNamed(servers, name);
    if (server !== undefined) {
      const connection = await this.#connection(server);
      await connection.offer(caller);
      const told = toolNamed(this.#named(usable), name);
      if (told !== undefined) return told;
    }
    const names = this.#named(usable).map((tool) => tool.name);
    const meant = nearestName(name, names);
    throw new CodexPlusError(
      "CP_MCP_UNKNOWN",
      `There is no MCP tool ${name}${meant === undefined ? "" : `. Did you mean ${meant}?`}`,
    );
  }

  #named(servers: readonly Server[]): NamedTool[] {
    return namedTools(servers.map((server) => [server, this.#offers.get(server.digest)?.tools ?? []]));
  }

  async #usable(project: string): Promise<Server[]> {
    const { servers } = await this.set(project);
    return servers.filter(({ held }) => held === undefined);
  }

  /** Never throws: how it went stands in the server's status. */
  async #meet(server: Server): Promise<void> {
    const { digest } = server;
    if (this.#closed || this.#offers.get(digest) !== undefined) return;
    const patience = setTimeout(() => this.#offers.late(digest), this.#options.patienceMs ?? PATIENCE_MS).unref();
    try {
      await (await this.#connection(server)).offer();
    } catch {
      // Told where somebody asks.
    } finally {
      clearTimeout(patience);
    }
  }

  async #connectionNamed(name: string, { project }: Caller): Promise<Connection> {
    const { servers } = await this.set(project);
    const server = serverCalled(servers, name);
    if (server === undefined) throw new CodexPlusError("CP_MCP_UNKNOWN", `There is no MCP server ${name}`);
    return this.#connection(server);
  }

  /** Its code, and the SDK's, is loaded when the first server is wanted. */
  async #connection(server: Server): Promise<Connection> {
    if (server.held !== undefined) {
      throw new CodexPlusError("CP_MCP_SERVER", `${server.name} is not started: ${server.held.text}`);
    }
    const { Connection } = await import("./connection.ts");
    if (this.#closed) throw new CodexPlusError("CP_MCP_SERVER", "Codex-Plus is stopping");
    const known = this.#connections.get(server.digest);
    if (known !== undefined) return known;
    const connection = new Connection(server, {
      ...this.#options,
      fetch: this.#options.fetch ?? globalThis.fetch,
      offered: (of, offer) => this.#offered(of, offer),
    });
    this.#connections.set(server.digest, connection);
    return connection;
  }

  #offered(server: Server, offer: Offer): void {
    if (!this.#offers.set(server.digest, offer)) return;
    for (const listener of this.#listeners) listener(server.project);
  }

  /** What a project has no more ends. */
  #retire(project: string, servers: readonly Server[]): void {
    const usable = new Set(servers.filter(({ held }) => held === undefined).map(({ digest }) => digest));
    for (const [digest, connection] of this.#connections) {
      if (connection.server.project !== project || usable.has(digest)) continue;
      this.#connections.delete(digest);
      this.#leaving.add(connection);
      void connection.retire().then(() => this.#leaving.delete(connection));
    }
  }
}

function failure(text: string): CallToolResult {
  return { isError: true, content: [{ type: "text", text }] };
}

/** For a model: what happened, and what a person can do where a login is all that is missing. */
function words(error: unknown, server = "NAME"): string {
  const { code, message, row } = toCodexPlusError(error);
  return code === "CP_MCP_LOGIN" ? `${message}. ${row.advice.replace("NAME", server)}` : message;
}
