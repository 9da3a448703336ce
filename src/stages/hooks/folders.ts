/** In which folder a thread works: whose hooks count. */
import { cwdOf } from "../../protocol/prompt.ts";
import type { RequestBody } from "../../protocol/request.ts";
import type { Head } from "../../turn.ts";

interface Noted {
  readonly folder: string;
  /** What the head said then. Where it says something else later, the thread has moved. */
  readonly cwd: string | undefined;
}

/** How many threads are remembered at a time. */
const REMEMBERED = 1000;

/**
 * The head names the root of the repository at most; the folder that the client was started in stands in the environment
 * context, which comes with the first request of a thread.
 */
export class Folders {
  readonly #elsewhere: string;
  readonly #noted = new Map<string, Noted>();

  /** @param elsewhere for clients that do not say where they work */
  constructor(elsewhere: string) {
    this.#elsewhere = elsewhere;
  }

  /** Undefined while no request of the thread has been looked at. */
  of({ thread, cwd }: Head): string | undefined {
    if (thread === "") return cwd ?? this.#elsewhere;
    const noted = this.#noted.get(thread);
    return noted?.cwd === cwd ? noted?.folder : undefined;
  }

  /** The folder of a thread that has been looked at, or of this request, which then counts for the thread. */
  look(head: Head, request: RequestBody): string {
    const known = this.of(head);
    if (known !== undefined) return known;
    const { thread, cwd } = head;
    const folder = this.guess(head, request);
    this.#noted.delete(thread);
    this.#noted.set(thread, { folder, cwd });
    const [oldest] = this.#noted.keys();
    if (this.#noted.size > REMEMBERED && oldest !== undefined) this.#noted.delete(oldest);
    return folder;
  }

  /** The same, but does not count for the thread: a prewarm may say less than the request behind it. */
  guess(head: Head, request: RequestBody): string {
    const { thread, cwd } = head;
    const moved = this.#noted.has(thread);
    return this.of(head) ?? (moved ? cwd : cwdOf(request)) ?? cwd ?? this.#elsewhere;
  }
}
