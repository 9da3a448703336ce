/** Where marks are kept: the one thing that continuity wants of a database, and the same in memory for tests. */
import type { Bridge, Mark, Sequence } from "./mark.ts";

/** Something new to be kept. Times are in ms since 1970. */
export type Change =
  | { readonly what: "thread"; readonly thread: string; readonly parents: readonly string[]; readonly used: number }
  | { readonly what: "mark"; readonly thread: string; readonly key: string; readonly mark: Mark }
  | { readonly what: "sequence"; readonly thread: string; readonly sequence: Sequence }
  | { readonly what: "bridge"; readonly thread: string; readonly id: string; readonly bridge: Bridge }
  /** A mark that is one too many. */
  | { readonly what: "unmark"; readonly thread: string; readonly key: string }
  | { readonly what: "unbridge"; readonly thread: string; readonly id: string };

/** A thread of which something is kept. */
export interface ThreadRow {
  readonly thread: string;
  readonly parents: readonly string[];
  readonly used: number;
}

export interface ThreadMemory {
  readonly marks: Map<string, Mark>;
  readonly bridges: Map<string, Bridge>;
  sequence: Sequence | undefined;
}

/** Any call may throw; what could not be written is given again later, in the same order. */
export interface Shelf {
  threads(): Iterable<ThreadRow>;
  load(thread: string): ThreadMemory;
  /** All of them or none. */
  write(changes: readonly Change[]): void;
  /** Forgets threads last used before then. */
  prune(before: number): void;
  close(): void;
}

/** A shelf that lasts as long as the process. */
export function memoryShelf(): Shelf {
  const rows = new Map<string, ThreadRow>();
  const memories = new Map<string, ThreadMemory>();
  const memory = (thread: string): ThreadMemory => {
    const found = memories.get(thread) ?? emptyMemory();
    memories.set(thread, found);
    return found;
  };
  return {
    threads: () => [...rows.values()],
    load: (thread) => copy(memory(thread)),
    write: (changes) => {
      for (const change of changes) {
        if (change.what === "thread") rows.set(change.thread, change);
        else apply(memory(change.thread), change);
      }
    },
    prune: (before) => {
      for (const { thread, used } of rows.values()) {
        if (used >= before) continue;
        rows.delete(thread);
        memories.delete(thread);
      }
    },
    close: () => undefined,
  };
}

/** What a change makes of its thread's memory. What is set again stands last. */
export function apply(memory: ThreadMemory, change: Exclude<Change, { what: "thread" }>): void {
  const { marks, bridges } = memory;
  if (change.what === "sequence") memory.sequence = change.sequence;
  if (change.what === "mark" || change.what === "unmark") marks.delete(change.key);
  if (change.what === "mark") marks.set(change.key, change.mark);
  if (change.what === "bridge" || change.what === "unbridge") bridges.delete(change.id);
  if (change.what === "bridge") bridges.set(change.id, change.bridge);
}

export function emptyMemory(): ThreadMemory {
  return { marks: new Map(), bridges: new Map(), sequence: undefined };
}

function copy({ marks, bridges, sequence }: ThreadMemory): ThreadMemory {
  return { marks: new Map(marks), bridges: new Map(bridges), sequence };
}
