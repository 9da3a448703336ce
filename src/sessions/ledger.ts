/**
 * The words of the ledger: what is kept of conversations. The recorder writes them down, the store keeps them, list, search
 * and export read them. Types only. Moments are ms since 1970, durations are ms.
 */

/**
 * Whose conversation a thread is. user: a person's own (or an SDK program's); subagent: one it has spawned; the others are
 * what Codex asks beside it. An unknown source is `other`.
 */
export type ThreadKind = "user" | "subagent" | "review" | "title" | "guardian" | "memory" | "sample" | "other";

/** What one request tells of its thread. What is undefined leaves what is known as it is. */
export interface ThreadFacts {
  /**
   * Codex's thread id. For clients that give none a new one of ours (`cp_…`): the store takes the conversation that the leg
   * goes on with, where it finds one (by `Leg.previous`, or by what was said before), and a new one of that id otherwise.
   */
  readonly id: string;
  readonly kind: ThreadKind;
  /** The thread that the person sees: its own id but for sub-agents and side requests. */
  readonly root: string;
  /** Whose sub-agent or side request it is. */
  readonly parent?: string | undefined;
  readonly forkedFrom?: string | undefined;
  /** A sub-agent's path: `/root/tests`. */
  readonly agent?: string | undefined;
  /** `codex_exec`, `codex-tui`, `openai-node`… */
  readonly client?: string | undefined;
  readonly clientVersion?: string | undefined;
  readonly provider?: string | undefined;
  readonly cwd?: string | undefined;
  readonly commit?: string | undefined;
  readonly model?: string | undefined;
  readonly effort?: string | undefined;
  readonly title?: string | undefined;
  readonly source: "wire" | "codex" | "file";
}

/** What a request is for. compact: the history is made shorter; warmup: a socket's prewarm. */
export type LegKind = "turn" | "compact" | "warmup" | "side";

/** open: not over yet, or the proxy ended in its midst; interrupted: the person did it; cut: the connection did. */
export type LegState = "open" | "completed" | "incomplete" | "failed" | "interrupted" | "cut";

export interface Usage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

/** A rate limit as it stood: `primary`, `secondary` or another family. */
export interface Limit {
  readonly name: string;
  readonly usedPercent: number;
  readonly windowMinutes?: number | undefined;
  /** Seconds since 1970, as upstream tells it. */
  readonly resetsAt?: number | undefined;
}

/** What a leg and a turn have in common: what was asked for, and how it went. Of a turn as a whole, and as its last leg ended. */
interface Course {
  /** Who began the turn: `user`, `exec`, … */
  readonly trigger?: string | undefined;
  readonly kind: LegKind;
  readonly model?: string | undefined;
  readonly effort?: string | undefined;
  readonly started: number;
  readonly firstByteMs?: number | undefined;
  /** Until the end of its answer; of a turn, that of its last leg. */
  readonly ms?: number | undefined;
  readonly state: LegState;
  /** Answered by us, and never sent up. */
  readonly local: boolean;
  readonly limits?: readonly Limit[] | undefined;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}

/** One request with its answer. A turn has one for the prompt and one for each round of tool calls. */
export interface Leg extends Course {
  /** Unique among all proxies: a leg that is given again (more is known of it now) takes the place of the one before. */
  readonly key: string;
  readonly thread: ThreadFacts;
  /** Codex's turn id, the same for all legs of a turn; undefined where none is told (warmup, other clients). */
  readonly turn?: string | undefined;
  /** Whether a turn begins here, where no turn id tells it: somebody has said something new. */
  readonly begins: boolean;
  readonly wire: "sse" | "ws" | "json";
  /** The HTTP status, or that of an `error` frame. */
  readonly status?: number | undefined;
  /** Its bodies are missing: the recorder was behind. */
  readonly dropped: boolean;
  readonly responseId?: string | undefined;
  /** The response it goes on from: `previous_response_id`. */
  readonly previous?: string | undefined;
  readonly usage?: Usage | undefined;
  /**
   * Items that stood in the request, in order. What the thread holds already is passed over by the store; what earlier
   * legs of the thread have brought there may be missing here, so that a long history is not told again with each leg.
   */
  readonly asked: readonly ItemFacts[];
  /** Whether `asked` is the whole history (HTTP, a full request), so that equal items without ids can be counted. */
  readonly whole: boolean;
  /** Items of the answer, in order. */
  readonly answered: readonly ItemFacts[];
  /** The title that the answer gives another thread. */
  readonly names?: { readonly thread: string; readonly title: string } | undefined;
}

/** Who speaks, for filters: user is what a person typed; context is all that clients add by themselves. */
export type Role = "user" | "assistant" | "tool" | "reasoning" | "context";

export interface ItemFacts {
  /** The item's id on the wire; undefined where it has none (older Codex, SDKs). */
  readonly id?: string | undefined;
  /** Of what it says, without ids and labels: the same for an item that comes again in another shape. Hexadecimal. */
  readonly hash: string;
  /** In a whole request: the how-manieth item of it that says the same, from 1; those left out are counted too. */
  readonly nth?: number | undefined;
  readonly type: string;
  readonly role: Role;
  /** The tool that is called; on an output the store adds it by its call. */
  readonly tool?: string | undefined;
  readonly callId?: string | undefined;
  /** What a person reads and searches; empty for instructions and tool lists. */
  readonly text: string;
  /** The item as JSON, pictures replaced by `codex-plus:blob/HASH`. */
  readonly body: string;
  /** The JSON texts of what went up in its place, as a JSON list, where that was not the same. */
  readonly sent?: string | undefined;
  /** Only a part of it arrived: its stream was cut. */
  readonly partial: boolean;
  readonly blobs: readonly Blob[];
  /** Of a call of an MCP tool that Codex-Plus has made. */
  readonly mcp?: McpFacts | undefined;
}

/** How a call of an MCP tool went. */
export interface McpFacts {
  /** As it is written down; and the tool as the server names it. */
  readonly server: string;
  readonly tool: string;
  /** Who asked for it: `codex-mcp-client`, `inline`, … */
  readonly client: string;
  readonly at: number;
  readonly ms: number;
  /** Whether the tool failed, could not be reached or was kept from being called. */
  readonly failed: boolean;
}

/** A call of an MCP tool that is over: one that came through the gateway, or was made in the midst of an answer. */
export interface Call {
  /** What is known of its thread; less than what a leg tells of it. */
  readonly thread: ThreadFacts;
  /** The leg in whose answer it was made, by its key: where that is known, thread and turn are those of the leg. */
  readonly leg?: string | undefined;
  /** Codex's turn id; null where the call waits for a turn; undefined: of the last that there is. */
  readonly turn?: string | null | undefined;
  readonly callId: string;
  /** `mcp__server__tool` */
  readonly name: string;
  readonly mcp: McpFacts;
  /** The call and its output, as items of their own where the wire shows none with that call id. */
  readonly items: readonly [call: ItemFacts, output: ItemFacts];
}

/** A picture or other attachment, kept once however often it is sent. */
export interface Blob {
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  readonly mediaType: string;
  readonly size: number;
  /** Undefined where it is larger than what is kept. */
  readonly bytes?: Uint8Array | undefined;
}

/** A thread as it is kept. */
export interface ThreadRow extends Omit<ThreadFacts, "id"> {
  readonly id: string;
  /** What a person first typed, its first line. */
  readonly prompt: string;
  readonly created: number;
  readonly used: number;
  readonly turns: number;
  readonly errors: number;
  readonly usage: Usage;
  /** Sub-agents' and side requests' threads below it. */
  readonly below: number;
  /** The last item of `forkedFrom` that this thread has too. */
  readonly forkedAt?: number | undefined;
}

export interface TurnRow extends Course {
  /** Grows with time; unique in the file. */
  readonly n: number;
  readonly thread: string;
  /** Codex's own id, where it gave one. */
  readonly id?: string | undefined;
  /** 1, 2, 3 … in its thread. */
  readonly position: number;
  readonly usage: Usage;
  readonly legs: readonly LegRow[];
}

export type LegRow = Omit<
  Leg,
  "thread" | "turn" | "begins" | "previous" | "asked" | "answered" | "whole" | "limits" | "names"
> & {
  readonly n: number;
};

export interface ItemRow extends Omit<ItemFacts, "blobs" | "hash" | "nth"> {
  /** Grows in the order in which they were said; unique in the file. */
  readonly n: number;
  /** The turn it came with; undefined before the first. */
  readonly turn?: number | undefined;
  /** The leg it came with, `LegRow.n`. */
  readonly leg: number | undefined;
  /** Whether the model or we said it, rather than the client. */
  readonly out: boolean;
  readonly at: number;
}
