/**
 * What is kept, as far as it has been asked for: the list of threads once, each thread when it is first touched. What is
 * new is written at once, all of it or none; what cannot be written stays here and is tried again.
 */
import type { Logger } from "../../log.ts";
import { apply, type Change, emptyMemory, type Shelf, type ThreadMemory, type ThreadRow } from "./shelf.ts";

/** A thread, and those whose items may stand in its history. */
export interface Lineage {
  readonly thread: string;
  readonly parents: readonly string[];
}

interface Loaded {
  readonly memory: ThreadMemory;
  /** False while the shelf could not be read: then this is only what is new. */
  whole: boolean;
}

const RETRY_MS = 2000;
/** A thread's last use is noted no more often than this. */
const DAY_MS = 86_400_000;
const MOST_LOADED = 500;
/** Marks, and response ids of ours, of one thread: the oldest are forgotten. A long conversation has some hundreds. */
const MOST_MARKS = 20_000;

export class Memory {
  readonly #shelf: Shelf;
  readonly #log: Logger;
  readonly #most: number;
  readonly #rows = new Map<string, ThreadRow>();
  #listed = false;
  readonly #loaded = new Map<string, Loaded>();
  #unwritten: Change[] = [];
  #failing = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(shelf: Shelf, log: Logger, most = MOST_MARKS) {
    this.#shelf = shelf;
    this.#log = log;
    this.#most = most;
  }

  /** Whether anything is kept of a thread or of those it descends from. Two look-ups in memory, but for the first time. */
  touches({ thread, parents }: Lineage): boolean {
    this.#list();
    return this.#rows.has(thread) || parents.some((parent) => this.#rows.has(parent));
  }

  /** What is kept, the thread's own before its ancestors'. */
  of(lineage: Lineage): ThreadMemory[] {
    return this.#descent(lineage).map((thread) => this.#load(thread).memory);
  }

  /**
   * Notes that a thread is in use, and where it comes from: forks of forks name only their parent (codex-wire 4.5).
   * Writes only where there is something new in that.
   */
  use({ thread, parents }: Lineage): void {
    const now = Date.now();
    const changes: Change[] = [];
    const own = this.#rows.get(thread);
    const known = parents.filter((parent) => this.#rows.has(parent));
    const all = [...new Set([...(own?.parents ?? []), ...known])];
    if (own === undefined || all.length > own.parents.length || now - own.used > DAY_MS) {
      changes.push({ what: "thread", thread, parents: all, used: now });
    }
    for (const ancestor of this.#descent({ thread, parents })) {
      const row = this.#rows.get(ancestor);
      if (ancestor !== thread && row !== undefined && now - row.used > DAY_MS) {
        changes.push({ what: "thread", ...row, used: now });
      }
    }
    if (changes.length > 0) this.keep(changes);
  }

  /** Takes changes over, here and on the shelf. Never throws. */
  keep(changes: readonly Change[]): void {
    this.#list();
    this.#unwritten.push(...changes);
    for (const change of changes) {
      if (change.what === "thread") {
        this.#rows.set(change.thread, change);
        continue;
      }
      const { memory } = this.#load(change.thread);
      apply(memory, change);
      this.#bound(change.thread, memory);
    }
    this.#flush();
  }

  /** All clients without thread ids share one thread, which never ends. */
  #bound(thread: string, memory: ThreadMemory): void {
    const { marks, bridges } = memory;
    const [mark] = marks.size > this.#most ? marks.keys() : [];
    const [bridge] = bridges.size > this.#most ? bridges.keys() : [];
    const gone: Exclude<Change, { what: "thread" }>[] = [];
    if (mark !== undefined) gone.push({ what: "unmark", thread, key: mark });
    if (bridge !== undefined) gone.push({ what: "unbridge", thread, id: bridge });
    for (const each of gone) apply(memory, each);
    this.#unwritten.push(...gone);
  }

  prune(before: number): void {
    if (!this.#try("prune", () => this.#shelf.prune(before))) return;
    for (const { thread, used } of [...this.#rows.values()]) {
      if (used >= before) continue;
      this.#rows.delete(thread);
      this.#loaded.delete(thread);
    }
  }

  close(): void {
    this.#flush();
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#shelf.close();
  }

  /** The thread and its known ancestors, nearest first. */
  #descent({ thread, parents }: Lineage): string[] {
    this.#list();
    const found = new Set<string>([thread]);
    for (const parent of parents) if (this.#rows.has(parent)) found.add(parent);
    // A set may grow while it is walked: what is added is walked too.
    for (const each of found) for (const parent of this.#rows.get(each)?.parents ?? []) found.add(parent);
    return [...found];
  }

  #list(): void {
    if (this.#listed) return;
    this.#try("list", () => {
      for (const row of this.#shelf.threads()) if (!this.#rows.has(row.thread)) this.#rows.set(row.thread, row);
      this.#listed = true;
    });
  }

  #load(thread: string): Loaded {
    let loaded = this.#loaded.get(thread);
    if (loaded === undefined) {
      this.#forgetOldest();
      loaded = { memory: emptyMemory(), whole: false };
      this.#loaded.set(thread, loaded);
    }
    if (!loaded.whole) this.#complete(thread, loaded);
    return loaded;
  }

  #complete(thread: string, loaded: Loaded): void {
    const { memory } = loaded;
    this.#try("read", () => {
      const kept = this.#shelf.load(thread);
      for (const [key, mark] of kept.marks) if (!memory.marks.has(key)) memory.marks.set(key, mark);
      for (const [id, bridge] of kept.bridges) if (!memory.bridges.has(id)) memory.bridges.set(id, bridge);
      memory.sequence ??= kept.sequence;
      loaded.whole = true;
    });
  }

  /** All that is here is on the shelf too, unless writing fails. */
  #forgetOldest(): void {
    if (this.#loaded.size < MOST_LOADED || this.#unwritten.length > 0) return;
    const [oldest] = this.#loaded.keys();
    if (oldest !== undefined) this.#loaded.delete(oldest);
  }

  #flush(): void {
    if (this.#unwritten.length === 0) return;
    const written = this.#try("write", () => this.#shelf.write(this.#unwritten));
    if (written) this.#unwritten = [];
    else if (this.#retry === undefined) {
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        this.#flush();
      }, RETRY_MS);
      this.#retry.unref();
    }
  }

  #try(what: string, act: () => void): boolean {
    try {
      act();
      if (this.#failing) this.#log.info("the store of rewritten and local turns works again");
      this.#failing = false;
      return true;
    } catch (err) {
      // Once per outage: every turn would say it again.
      if (!this.#failing)
        this.#log.error({ err, what }, "the store of rewritten and local turns failed; kept in memory");
      this.#failing = true;
      return false;
    }
  }
}
