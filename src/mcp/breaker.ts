/** When a server that has failed is tried again: a back-off that doubles, and a breaker behind the third failure in a row. */
import { type CircuitBreakerPolicy, ConsecutiveBreaker, circuitBreaker, handleAll } from "cockatiel";

const FAILURES = 3;
/** How long it is left alone then, in ms. */
const OPEN_MS = 60_000;
/** Behind the first failure, and at most. */
const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

export class Breaker {
  readonly #circuit: CircuitBreakerPolicy;
  #failures = 0;
  /** ms since 1970 */
  #failedAt = 0;
  #openUntil = 0;

  constructor() {
    this.#circuit = circuitBreaker(handleAll, { halfOpenAfter: OPEN_MS, breaker: new ConsecutiveBreaker(FAILURES) });
    this.#circuit.onBreak(() => {
      this.#openUntil = Date.now() + OPEN_MS;
    });
    this.#circuit.onReset(() => {
      this.#openUntil = 0;
    });
  }

  /** Something was answered. */
  async good(): Promise<void> {
    this.#failures = 0;
    await this.#note(() => undefined);
  }

  /** It did not start, went away, or did not answer in time. */
  async bad(): Promise<void> {
    this.#failures += 1;
    this.#failedAt = Date.now();
    await this.#note(() => {
      throw new Error("failed");
    });
  }

  /** Whether it has failed so often that it is left alone. */
  get open(): boolean {
    return Date.now() < this.#openUntil;
  }

  /**
   * When it may be tried again, ms since 1970; undefined where that is now.
   * @param wanted somebody waits for it: then the first failure costs no time
   */
  retryAt(wanted = false): number | undefined {
    if (this.open) return this.#openUntil;
    if (this.#failures === 0 || (wanted && this.#failures === 1)) return undefined;
    const at = this.#failedAt + Math.min(FIRST_MS * 2 ** (this.#failures - 1), LONGEST_MS);
    return at > Date.now() && this.#failures < FAILURES ? at : undefined;
  }

  /** The circuit counts what is run within it; an open one runs nothing, which is no news here. */
  async #note(outcome: () => void): Promise<void> {
    await this.#circuit.execute(outcome).catch(() => undefined);
  }
}
