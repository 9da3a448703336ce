/** The threads that a fork was forked from, and how much of them it has. */
import type { Thread, Threads } from "./thread.ts";

/** A thread, and the last of its items (`item.n`) that counts. */
export interface Stretch {
  readonly thread: number;
  readonly upTo: number;
}

/** Nearest first. What a fork has of its ancestors is settled by its first turn: what they say later is not its. */
export function ancestorsOf(thread: Thread, threads: Threads): Stretch[] {
  const found: Stretch[] = [];
  const seen = new Set([thread.n]);
  let upTo = thread.turns === 0 ? Number.MAX_SAFE_INTEGER : (thread.forkedAt ?? 0);
  let { forkedFrom } = thread;
  while (forkedFrom !== null && upTo > 0) {
    const parent = threads.byId(forkedFrom);
    if (parent === undefined || seen.has(parent.n)) break;
    seen.add(parent.n);
    found.push({ thread: parent.n, upTo });
    if (parent.turns > 0) upTo = Math.min(upTo, parent.forkedAt ?? 0);
    ({ forkedFrom } = parent);
  }
  return found;
}
