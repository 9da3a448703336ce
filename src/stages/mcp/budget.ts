/** How far the tools of one turn may go: trips upstream, time, calls. */

/** What one request of a client may cost. */
export interface Limits {
  /** Trips upstream after which no call is made any more. */
  readonly legs: number;
  /** What the tools may take in all, in ms. */
  readonly ms: number;
  /** Calls that the client allows; undefined for any number. */
  readonly calls: number | undefined;
}

export class Budget {
  readonly #limits: Limits;
  #legs = 1;
  #calls = 0;
  /** When what runs was begun; undefined while nothing does. */
  #since: number | undefined;
  #ms = 0;
  /** Whether a call was refused: the model gets one more leg, and no tools in it. */
  spent = false;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Counts a call in. @returns why it must not be made, in words for the model */
  call(): string | undefined {
    const { legs, calls = Number.POSITIVE_INFINITY } = this.#limits;
    const why =
      this.left <= 0
        ? this.late
        : this.#legs >= legs
          ? `tools have been used in ${legs} rounds, which is as many as one answer may have`
          : this.#calls >= calls
            ? `${calls} calls have been made, which is as many as the client allows`
            : undefined;
    if (why !== undefined) this.spent = true;
    this.#calls += 1;
    return why;
  }

  /** Why nothing is waited for any more. */
  get late(): string {
    return `the tools of one answer may take ${this.#limits.ms / 1000} s in all, and these are over`;
  }

  /** What tools may still take, in ms. */
  get left(): number {
    return this.#limits.ms - this.#ms - (this.#since === undefined ? 0 : performance.now() - this.#since);
  }

  begin(): void {
    this.#since ??= performance.now();
  }

  end(): void {
    if (this.#since !== undefined) this.#ms += performance.now() - this.#since;
    this.#since = undefined;
  }

  leg(): void {
    this.#legs += 1;
  }
}
