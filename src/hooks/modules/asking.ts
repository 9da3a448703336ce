/** Questions to a thread or process that answers each by its number: time limits, and a new one when it has gone. */
import type { AnyEvent } from "../hook.ts";

export interface Asked {
  readonly event: AnyEvent;
  readonly input: unknown;
  /** A second argument, of `post_output` only. */
  readonly of?: unknown;
}

/** What came of a question. Exactly one of `value` (which may be undefined) and `failure` counts. */
export interface Answer {
  readonly value?: unknown;
  readonly failure?: string;
  readonly timedOut: boolean;
}

/** Something that hooks run in. */
export interface Host {
  /** Whether a question waits for its answer. */
  readonly busy: boolean;
  /** Never throws. Started at the first question, and again at the first after it has gone. */
  ask(asked: Asked, timeoutMs: number, signal: AbortSignal): Promise<Answer>;
  end(): void;
}

/** One life of the thread or process behind it. */
export interface Life {
  ask(id: number, asked: Asked): void;
  end(): void;
}

/** What a life tells of itself. */
export interface Hearing {
  answered(answer: { readonly id: number; readonly value?: unknown; readonly failure?: string }): void;
  /** Nothing more will be answered. */
  gone(why: string): void;
}

/** What did not start so often in a row is left alone for a while, in ms. */
const REST_MS = 5000;

export class Asking implements Host {
  readonly #begin: (hearing: Hearing) => Life;
  #life: Life | undefined;
  #next = 0;
  /** Until when nothing is begun anew, since it ends without answering anything. */
  #restUntil = 0;
  readonly #open = new Map<number, (answer: Answer) => void>();

  constructor(begin: (hearing: Hearing) => Life) {
    this.#begin = begin;
  }

  get busy(): boolean {
    return this.#open.size > 0;
  }

  ask(asked: Asked, timeoutMs: number, signal: AbortSignal): Promise<Answer> {
    if (signal.aborted) return Promise.resolve({ failure: "the client has gone", timedOut: false });
    if (this.#life === undefined && Date.now() < this.#restUntil) {
      return Promise.resolve({ failure: "it ended without an answer a moment ago", timedOut: false });
    }
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve) => {
      const settle = (answer: Answer): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        this.#open.delete(id);
        resolve(answer);
      };
      // One that hangs cannot be asked anything else either: it ends, with all that it was asked.
      const timer = setTimeout(() => {
        settle({ failure: `it was ended after ${timeoutMs / 1000} s`, timedOut: true });
        this.#lost("it was ended while it was at another question");
      }, timeoutMs);
      const abort = (): void => settle({ failure: "the client has gone", timedOut: false });
      signal.addEventListener("abort", abort, { once: true });
      this.#open.set(id, settle);
      try {
        this.#life ??= this.#start();
        this.#life.ask(id, asked);
      } catch (error) {
        settle({ failure: (error as Error).message, timedOut: false });
      }
    });
  }

  end(): void {
    this.#lost("hooks have been changed or we stop");
  }

  #start(): Life {
    let useful = false;
    const life: Life = this.#begin({
      answered: ({ id, value, failure }) => {
        useful = true;
        this.#open.get(id)?.({ value, ...(failure === undefined ? {} : { failure }), timedOut: false });
      },
      gone: (why) => {
        if (this.#life !== life) return;
        if (!useful) this.#restUntil = Date.now() + REST_MS;
        this.#lost(why);
      },
    });
    return life;
  }

  #lost(why: string): void {
    const life = this.#life;
    this.#life = undefined;
    life?.end();
    for (const settle of [...this.#open.values()]) settle({ failure: why, timedOut: false });
  }
}
