/** What is known of the threads that are under way: how they began, what waits for them, when they have been left. */
import type { Metadata } from "../../protocol/head.ts";
import { stringMember } from "../../protocol/json-spans.ts";
import type { RequestBody } from "../../protocol/request.ts";

/** Claude Code's words for how a session began. */
export type Source = "startup" | "resume" | "fork" | "compact";

export interface Thread {
  readonly id: string;
  readonly project: string;
  /** How its history began, and its context window, as the client last said. */
  history: unknown;
  window: unknown;
  /** For the model, before the next prompt that goes up. */
  readonly waiting: string[];
  /** Whether the person has been told of hooks that are not trusted. */
  announced: boolean;
  /** The turn that was last begun. */
  turn: string;
  /** ms since 1970. */
  used: number;
  /** Prompts of the turn that have been told of: a request that is sent again brings no new one. */
  prompts: Set<string>;
  /** How often in a row the turn was kept from ending. */
  blocks: number;
}

/** Threads that nobody goes on with are given up one by one beyond this many. */
const MOST = 1000;

export class Threads {
  readonly #known = new Map<string, Thread>();

  get(id: string): Thread | undefined {
    return this.#known.get(id);
  }

  /** The thread of a turn, and how it began if this is where it begins (anew). */
  enter(id: string, project: string, turn: string, meta: Metadata, request: RequestBody): [Thread, Source | undefined] {
    const known = this.#known.get(id);
    const { history_initialization: history, window_number: window } = meta;
    const thread = known ?? fresh(id, project);
    const source = known === undefined ? beginning(meta, request) : continued(known, meta);
    // Requests of one thread in the order they were made last.
    this.#known.delete(id);
    if (id !== "") this.#known.set(id, thread);
    if (thread.turn !== turn || turn === "") {
      thread.prompts = new Set();
      thread.blocks = 0;
    }
    Object.assign(thread, { history, window, turn, used: Date.now() });
    return [thread, id === "" ? undefined : source];
  }

  /** Forgets the threads that were last used before then, and those that are too many; oldest first. */
  leave(before: number): Thread[] {
    const all = [...this.#known.values()];
    const left = all.filter(({ used }, at) => used < before || at < all.length - MOST);
    for (const { id } of left) this.#known.delete(id);
    return left;
  }
}

function fresh(id: string, project: string): Thread {
  return {
    id,
    project,
    history: undefined,
    window: undefined,
    waiting: [],
    announced: false,
    turn: "",
    used: 0,
    prompts: new Set(),
    blocks: 0,
  };
}

/** Of a thread that is seen for the first time since we were started. */
function beginning({ history_initialization: history, window_number: window }: Metadata, request: RequestBody): Source {
  if (typeof history === "string" && history.endsWith("fork")) return "fork";
  if (history === "cold_resume" || (typeof window === "number" && window > 0)) return "resume";
  const { bytes, spans } = request.items();
  return spans.some((span) => stringMember(bytes, span, "role") === "assistant") ? "resume" : "startup";
}

function continued(thread: Thread, { history_initialization: history, window_number: window }: Metadata) {
  if (history !== thread.history) return "resume";
  return window === thread.window ? undefined : "compact";
}
