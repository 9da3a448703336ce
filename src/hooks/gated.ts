/** The tool calls whose events were fired already: several feeders may see a call, and each event is fired once. */

/** Events that several feeders tell of; that a session has ended is noted by its id alone. */
export type GatedEvent = "PreToolUse" | "PostToolUse" | "SessionEnd";

/** Calls that are remembered; one goes through in seconds, its result soon behind it. */
const MOST = 4096;

/**
 * Shared by the feeders of the wire, of Codex's own hooks and of MCP calls. A call is known by its thread (a sub-agent's
 * own; empty where a client names none) and its id there, which Codex (0.169) says alike on the wire, to its hooks
 * (`tool_use_id`) and to MCP servers (`_meta.callId`).
 */
export class GatedCalls {
  readonly #seen = new Set<string>();

  /** From here on this event of the call counts as fired. */
  note(thread: string, id: string, event: GatedEvent = "PreToolUse"): void {
    this.#seen.add(keyOf(thread, id, event));
    // Some servers give every answer's first call the same id: this is a new call, whose result is still to come.
    if (event === "PreToolUse") this.#seen.delete(keyOf(thread, id, "PostToolUse"));
    if (this.#seen.size <= MOST) return;
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      break;
    }
  }

  has(thread: string, id: string, event: GatedEvent = "PreToolUse"): boolean {
    return this.#seen.has(keyOf(thread, id, event));
  }

  /** Notes it, and is false where it was noted before: then somebody else has fired it. */
  claim(thread: string, id: string, event: GatedEvent = "PreToolUse"): boolean {
    if (this.has(thread, id, event)) return false;
    this.note(thread, id, event);
    return true;
  }

  /** Whether it was noted, which is forgotten: a second call of the same id is another call. */
  take(thread: string, id: string, event: GatedEvent = "PreToolUse"): boolean {
    return this.#seen.delete(keyOf(thread, id, event));
  }
}

function keyOf(thread: string, id: string, event: GatedEvent): string {
  return JSON.stringify([event, thread, id]);
}
