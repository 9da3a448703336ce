/** The words of the room: a server as it is written down, as it runs, and what a call of its tools is. Types only. */
import type {
  CallToolResult,
  CompleteResult,
  GetPromptResult,
  LoggingMessageNotification,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  ServerCapabilities,
  Tool,
} from "@modelcontextprotocol/sdk/types.js";

/** Where a server is written down; the first that names a server decides what it is. */
export type Scope = "local" | "project" | "plus-project" | "plus-user" | "user";

/** A server as its file has it, with `${VAR}` and `${VAR:-default}` put in. Secrets may stand in `env`, `headers` and `url`. */
export interface ServerConfig {
  readonly type: "stdio" | "http" | "sse" | "ws";
  readonly command?: string | undefined;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** A shell command that prints a JSON object of headers; they win over `headers`. Run at each connect, and after 401 and 403. */
  readonly headersHelper?: string | undefined;
  readonly oauth?: OAuthSettings | undefined;
  /** Of one tool call, in ms. */
  readonly timeoutMs?: number | undefined;
}

export interface OAuthSettings {
  readonly clientId?: string | undefined;
  readonly callbackPort?: number | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly authServerMetadataUrl?: string | undefined;
}

/** A server that a project can use. */
export interface Server {
  /** As it is written down: `my.srv x`. */
  readonly name: string;
  /** With what is no letter, digit, `_` or `-` made `_`: what tool names begin with. Unique within a project. */
  readonly key: string;
  readonly scope: Scope;
  /** The file that it stands in. */
  readonly file: string;
  /** The folder that it is started in, absolute. */
  readonly project: string;
  readonly config: ServerConfig;
  /** Of the definition as it is written (variables not put in) and the project: the same for the same server. Hexadecimal. */
  readonly digest: string;
  /** Variables that are named, have no default and are not set: their text stays as it is. */
  readonly missing: readonly string[];
  /** Why it is not started, where that is so: its project is not trusted, or a setting forbids it. */
  readonly held?: Held | undefined;
}

export interface Held {
  readonly why: "untrusted" | "changed" | "disabled";
  /** What to do, for a person. */
  readonly text: string;
}

/** A definition that cannot be used. */
export interface ServerProblem {
  readonly name: string;
  readonly file: string;
  readonly message: string;
}

/** All that is written down for a project. */
export interface ServerSet {
  readonly servers: readonly Server[];
  readonly problems: readonly ServerProblem[];
}

/**
 * idle: not started, nothing is known to be wrong; starting; ready; failed: the last start or connection failed, and it is
 * tried again when somebody wants it and `retryAt` has passed; login: it wants `codex-plus mcp login`; held: never started.
 */
export type State = "idle" | "starting" | "ready" | "failed" | "login" | "held";

/** What a server offers, as it was last told. Kept on disk, so that a server need not run to be known. */
export interface Offer {
  readonly tools: readonly Tool[];
  readonly prompts: readonly Prompt[];
  readonly resources: readonly Resource[];
  readonly templates: readonly ResourceTemplate[];
  readonly capabilities: ServerCapabilities;
  readonly instructions?: string | undefined;
  /** Its name and version of itself. */
  readonly server?: string | undefined;
}

/** A server as it stands now. */
export interface ServerStatus {
  readonly server: Server;
  readonly state: State;
  /** Undefined where it has never been met. */
  readonly offer: Offer | undefined;
  /** It was never met since it took too long: it is started, but nobody waits for that. */
  readonly slow?: boolean | undefined;
  /** The last thing that went wrong, in words, without secrets; undefined after something has gone well. */
  readonly error?: string | undefined;
  /** The breaker is open until then, or a restart is put off till then (ms since 1970). */
  readonly retryAt?: number | undefined;
  readonly pid?: number | undefined;
  readonly calls: number;
  /** The last lines of its standard error. */
  readonly stderr: readonly string[];
}

/** A tool under the name that models and hooks know it by. */
export interface NamedTool {
  /** `mcp__server__tool`. */
  readonly name: string;
  readonly server: Server;
  readonly tool: Tool;
}

/** Who calls, as far as that is known: for hooks, records and what a server asks back. */
export interface Caller {
  readonly project: string;
  /** The conversation, its turn and the call in it, as Codex names them; undefined where a client tells nothing. */
  readonly thread?: string | undefined;
  readonly turn?: string | undefined;
  readonly call?: string | undefined;
  /** Codex's session, where that is another than the thread: of whom the thread is a sub-agent. */
  readonly session?: string | undefined;
  /** Inline: the request in whose answer the call is made, by its id in the log (`Turn.id`). */
  readonly request?: string | undefined;
  /** `codex-mcp-client`, `inline`, … */
  readonly client: string;
  readonly signal: AbortSignal;
  /** Told of how far a call has come, where the caller wants to know. */
  readonly progress?: ((progress: { progress: number; total?: number; message?: string }) => void) | undefined;
  /** Told of what a server logs while the call is under way, as `notifications/message` has it. */
  readonly logged?: ((message: LoggingMessageNotification["params"]) => void) | undefined;
  /** Answers what a server asks of its client in the midst of a call (elicitation, sampling, roots); absent: it is refused. */
  readonly asked?:
    | ((request: { method: string; params?: Record<string, unknown> }) => Promise<Record<string, unknown>>)
    | undefined;
}

export interface ToolCall {
  readonly server: Server;
  readonly tool: Tool;
  /** `mcp__server__tool`. */
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
}

/** A call that is over. */
export interface CallRecord {
  readonly call: ToolCall;
  readonly result: CallToolResult;
  /** ms since 1970, and how long it took. */
  readonly at: number;
  readonly ms: number;
  /** Whether the tool failed, or could not be reached. */
  readonly failed: boolean;
}

/** What stands around every call, in the order given: hooks. `run` makes the call with the input it is given. */
export type Around = (
  call: ToolCall,
  run: (input: Readonly<Record<string, unknown>>) => Promise<CallToolResult>,
) => Promise<CallToolResult>;

/** The face of the room: what stages, commands, the gateway and verbs use. A `server` is named by its name or its key. */
export interface McpRoom {
  /** What is written down for a project. A look at a few files, cached while they stay as they are. */
  set(project: string): Promise<ServerSet>;
  /** Synchronous and cheap, for `needs`: whether a project names any server at all. */
  any(project: string): boolean;
  status(project: string): Promise<readonly ServerStatus[]>;
  /**
   * Starts, in the background, the servers of a project that have never been met, so that what they offer is known.
   * @returns when each has been met or has failed, but for those that took too long before; at the latest after `withinMs`
   */
  meet(project: string, withinMs: number): Promise<void>;
  /** All tools that are known, without waiting for anything; servers that were never met begin to be. */
  tools(project: string): Promise<readonly NamedTool[]>;
  /**
   * Calls a tool, starting its server where need be. Never throws but for an abort: what went wrong is a result with
   * `isError`, in words that a model can act on.
   */
  call(name: string, input: Readonly<Record<string, unknown>>, caller: Caller): Promise<CallToolResult>;
  /** Starts the server where need be. @throws CodexPlusError CP_MCP_SERVER, CP_MCP_UNKNOWN, CP_MCP_LOGIN */
  prompt(
    server: string,
    name: string,
    args: Readonly<Record<string, string>>,
    caller: Caller,
  ): Promise<GetPromptResult>;
  /** @throws CodexPlusError CP_MCP_SERVER, CP_MCP_UNKNOWN, CP_MCP_LOGIN */
  read(server: string, uri: string, caller: Caller): Promise<ReadResourceResult>;
  /** @throws CodexPlusError CP_MCP_SERVER, CP_MCP_UNKNOWN, CP_MCP_LOGIN */
  complete(server: string, params: Record<string, unknown>, caller: Caller): Promise<CompleteResult>;
  /**
   * Has a server tell of changes of one resource; asked for again by itself when the server has been restarted.
   * @returns ends it
   * @throws CodexPlusError CP_MCP_SERVER, CP_MCP_UNKNOWN, CP_MCP_LOGIN
   */
  subscribe(server: string, uri: string, caller: Caller, updated: () => void): Promise<() => Promise<void>>;
  /** Told whenever what a project's servers offer has changed. @returns ends it */
  changed(listener: (project: string) => void): () => void;
  /** Ends every server with its whole process group. */
  close(): Promise<void>;
}
