/** What the store can do, whatever it is made of. Types only. */
import type { Blob, Call, ItemRow, Leg, LegRow, Limit, ThreadKind, ThreadRow, TurnRow, Usage } from "./ledger.ts";

/** One hand writes at a time; every call is one short transaction. */
export interface Writer {
  /**
   * Takes legs and calls down, each whole or not at all. A leg whose key is there already is written anew.
   * @throws CodexPlusError
   */
  append(entries: readonly (Leg | Call)[]): void;
  /** Removes threads with all below them. @returns how many threads have gone */
  remove(threads: readonly string[]): number;
  /** Removes what nobody has gone on with since. @returns how many threads have gone */
  prune(before: number): number;
  close(): void;
}

export interface ThreadFilter {
  /** The folder, or one above it. */
  readonly cwd?: string | undefined;
  readonly since?: number | undefined;
  readonly before?: number | undefined;
  /** Any part of the name, case ignored. */
  readonly model?: string | undefined;
  readonly client?: string | undefined;
  /** Default `user` only; of statistics all. */
  readonly kinds?: readonly ThreadKind[] | undefined;
  /** Only what `Writer.prune` of this moment removes. */
  readonly unusedSince?: number | undefined;
  readonly limit?: number | undefined;
}

export type SearchRole = "user" | "assistant" | "tool" | "reasoning";

export interface SearchFilter extends Omit<ThreadFilter, "kinds" | "unusedSince"> {
  readonly role?: SearchRole | undefined;
  readonly tool?: string | undefined;
  /** One conversation only, with its sub-agents: its id, or the beginning of it. */
  readonly thread?: string | undefined;
  /** The folder that a relative `cwd:` in the query starts from. Default: that of the process. */
  readonly here?: string | undefined;
}

export interface Hit {
  readonly thread: ThreadRow;
  readonly turn: number | undefined;
  readonly item: number;
  readonly role: SearchRole;
  readonly tool?: string | undefined;
  readonly at: number;
  /** The best place of the text; matches stand between U+0001 and U+0002, what is left out is `…`. */
  readonly snippet: string;
}

export type StatsBy = "day" | "model" | "project";

export interface StatsRow {
  /** `2026-11-22`, a model, a folder. */
  readonly key: string;
  readonly turns: number;
  readonly usage: Usage;
  readonly errors: number;
  /** Of MCP tools, through the gateway or inline; and how many of them failed. */
  readonly calls: number;
  readonly failedCalls: number;
  /** First byte and whole turn, in ms: p50, p95, p99; undefined where nothing was measured. */
  readonly firstByteMs: Percentiles | undefined;
  readonly ms: Percentiles | undefined;
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Reads a snapshot of what is committed; any number of them beside a writer. */
export interface Reader {
  /** Newest first. */
  threads(filter: ThreadFilter): readonly ThreadRow[];
  thread(id: string): ThreadRow | undefined;
  /** Ids that begin so, at most `limit`. */
  find(prefix: string, limit: number): readonly ThreadRow[];
  /** Sub-agents, reviews and side requests below a thread, oldest first. */
  below(id: string): readonly ThreadRow[];
  /** In order. */
  turns(thread: string): IterableIterator<TurnRow>;
  /** In the order in which they were said, optionally of one turn (null: those before the first), or behind an item. */
  items(thread: string, turn?: number | null, after?: number): IterableIterator<ItemRow>;
  /** @param n `LegRow.n` */
  leg(n: number): LegRow | undefined;
  blob(hash: string): Blob | undefined;
  /** Best first. @throws CodexPlusError CP_USAGE for a query that has no meaning */
  search(query: string, filter: SearchFilter): readonly Hit[];
  stats(by: StatsBy, filter: ThreadFilter): readonly StatsRow[];
  /** As last seen. */
  limits(): readonly Limit[];
  close(): void;
}
