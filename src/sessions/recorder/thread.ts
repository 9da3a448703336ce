/** The recorder's worker thread: begun again when it has died and is spoken to, never what keeps the process. */
import type { Transferable, Worker } from "node:worker_threads";
import type { FromWorker, ToWorker } from "./notes.ts";

/** How long a worker that has died is left alone: at first, and at most, in ms. */
const WAIT_MS = { first: 100, most: 30_000 };

export interface ThreadEvents {
  said(message: FromWorker): void;
  /** It has ended, for whatever reason; what it was told and has not answered is gone. */
  ended(reason: string): void;
}

export class Thread {
  readonly #start: () => Worker;
  readonly #events: ThreadEvents;
  #worker: Worker | undefined;
  #failures = 0;
  #notBefore = 0;
  #kept = 0;

  constructor(start: () => Worker, events: ThreadEvents) {
    this.#start = start;
    this.#events = events;
  }

  get runs(): boolean {
    return this.#worker !== undefined;
  }

  /** How long it is to be left alone, in ms. */
  get waitMs(): number {
    return this.#worker === undefined ? Math.max(0, this.#notBefore - performance.now()) : 0;
  }

  /** So that it is ready when it is first spoken to. */
  begin(): void {
    this.#worker ??= this.#begin();
  }

  post(message: ToWorker, transfer: readonly Transferable[] = []): void {
    this.begin();
    this.#worker?.postMessage(message, transfer);
  }

  /** It does what it should: the next time it dies it is begun again soon. */
  thrives(): void {
    this.#failures = 0;
  }

  /** Keeps the process alive until this is over. */
  async keep<T>(until: Promise<T>): Promise<T> {
    this.#kept += 1;
    this.#worker?.ref();
    try {
      return await until;
    } finally {
      this.#kept -= 1;
      if (this.#kept === 0) this.#worker?.unref();
    }
  }

  /** Lets it finish its work and end; after so many ms it is ended. */
  async close(ms: number): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const over = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    this.post({ what: "close" });
    const late = setTimeout(() => void worker.terminate(), ms);
    await this.keep(over);
    clearTimeout(late);
  }

  #begin(): Worker | undefined {
    let reason = "it has ended by itself";
    try {
      const worker = this.#start();
      worker.on("message", (message: FromWorker) => this.#events.said(message));
      worker.on("error", (error: Error) => {
        reason = error.message;
      });
      worker.once("exit", () => this.#over(reason));
      worker.unref();
      return worker;
    } catch (error) {
      this.#over(error instanceof Error ? error.message : reason);
      return undefined;
    }
  }

  #over(reason: string): void {
    this.#worker = undefined;
    this.#notBefore = performance.now() + Math.min(WAIT_MS.first * 2 ** this.#failures, WAIT_MS.most);
    this.#failures += 1;
    this.#events.ended(reason);
  }
}
