/** The tool calls whose events were fired already: both feeders may see a call, and each event is fired once. */

/** Events that both the wire and Codex's own hooks tell of; that a session has ended is noted by the session's id. */
export type GatedEvent = "PreToolUse" | "PostToolUse" | "SessionEnd";

/** Calls that are remembered; one goes through in seconds, its result soon behind it. */
const MOST = 4096;

/** Shared by the wire's feeder and the one of Codex's own hooks. */
export class GatedCalls {
  readonly #seen = new Set<string>();

  /** From here on this event of the call counts as fired. @param id the call's id, as Codex has it */
  note(id: string, event: GatedEvent = "PreToolUse"): void {
    this.#seen.add(`${event} ${id}`);
    // Some servers give every answer's first call the same id: this is a new call, whose result is still to come.
    if (event === "PreToolUse") this.#seen.delete(`PostToolUse ${id}`);
    if (this.#seen.size <= MOST) return;
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      break;
    }
  }

  has(id: string, event: GatedEvent = "PreToolUse"): boolean {
    return this.#seen.has(`${event} ${id}`);
  }

  /** Notes it, and is false where it was noted before: then somebody else has fired it. */
  claim(id: string, event: GatedEvent = "PreToolUse"): boolean {
    if (this.has(id, event)) return false;
    this.note(id, event);
    return true;
  }
}
