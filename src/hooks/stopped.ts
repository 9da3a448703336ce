/** Turns that a hook has ended where Codex would go on: the next request of such a turn is answered here. */

/** Nearly all are asked for at once, by the request that brings the tool's output. */
const MOST = 1000;

export class StoppedTurns {
  readonly #reasons = new Map<string, string>();

  /** @param turn the client's id of it */
  note(turn: string, reason: string): void {
    this.#reasons.set(turn, reason);
    const [oldest] = this.#reasons.keys();
    if (this.#reasons.size > MOST && oldest !== undefined) this.#reasons.delete(oldest);
  }

  /** The reason, once. */
  take(turn: string): string | undefined {
    const reason = this.#reasons.get(turn);
    this.#reasons.delete(turn);
    return reason;
  }
}
