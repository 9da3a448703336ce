/** Calls that clients were let make and have not answered yet. */
import type { Made } from "./after.ts";

/** Calls that are remembered; most are answered within seconds. */
const MOST = 4096;

export class MadeCalls {
  readonly #calls = new Map<string, Made>();
  readonly #threads = new Map<string, number>();

  /** Whether any of this thread's waits for its output. */
  some(thread: string): boolean {
    return this.#threads.has(thread);
  }

  note(thread: string, made: Made): void {
    this.take(thread, made.id);
    this.#calls.set(keyOf(thread, made.id), made);
    this.#threads.set(thread, (this.#threads.get(thread) ?? 0) + 1);
    if (this.#calls.size <= MOST) return;
    const [oldest = ""] = this.#calls.keys();
    const [first = "", id = ""] = JSON.parse(oldest);
    this.take(first, id);
  }

  /** The call with this id, once. */
  take(thread: string, id: string): Made | undefined {
    const key = keyOf(thread, id);
    const made = this.#calls.get(key);
    if (!this.#calls.delete(key)) return undefined;
    const left = (this.#threads.get(thread) ?? 1) - 1;
    if (left === 0) this.#threads.delete(thread);
    else this.#threads.set(thread, left);
    return made;
  }
}

function keyOf(thread: string, id: string): string {
  return JSON.stringify([thread, id]);
}
