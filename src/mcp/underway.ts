/** Who has a call under way at one server: whom the server's questions and messages are for. */
import type { LoggingMessageNotification } from "@modelcontextprotocol/sdk/types.js";
import type { Caller } from "./mcp.ts";

export class Underway {
  readonly #callers = new Set<Caller>();

  get size(): number {
    return this.#callers.size;
  }

  /** @returns ends it */
  add(caller: Caller): () => void {
    // Two calls may share one description of who makes them.
    const own = { ...caller };
    this.#callers.add(own);
    return () => void this.#callers.delete(own);
  }

  /** Whom a question is for. Nothing on the wire says which call it belongs to: it has to be clear without that. */
  answering(): Caller["asked"] {
    const [first, ...others] = this.#callers;
    if (first === undefined || !others.every((other) => same(first, other))) return undefined;
    return first.asked;
  }

  /** Whoever has a call under way may hear what the server logs, unless two of them do not belong together. */
  logged(message: LoggingMessageNotification["params"]): void {
    const [first, ...others] = this.#callers;
    if (first !== undefined && others.every((other) => same(first, other))) first.logged?.(message);
  }
}

function same(one: Caller, other: Caller): boolean {
  if (one.asked !== undefined && one.asked === other.asked) return true;
  return one.client === other.client && one.thread !== undefined && one.thread === other.thread;
}
