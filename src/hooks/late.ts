/** What hooks in the background had to say after their event was over, kept until the model can be told. */
import type { HookEvent } from "./hook.ts";
import type { Said } from "./output.ts";

/** The next of these in the same session brings it to the model. */
const CARRIERS: ReadonlySet<HookEvent> = new Set([
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PostToolUse",
  "PostToolUseFailure",
]);
const MOST_SESSIONS = 200;
const MOST_TEXTS = 50;

/** Words for the model, and for the person. */
export interface Late {
  readonly context: readonly string[];
  readonly messages: readonly string[];
}
export const NOTHING_LATE: Late = { context: [], messages: [] };

export class LateWords {
  readonly #waiting = new Map<string, Late>();

  /** Decisions come too late; context and messages reach the model as they are, as recorded. */
  note(session: string, { additional, systemMessage, messages }: Said): void {
    const context = [additional ?? "", systemMessage ?? ""].filter((text) => text !== "");
    if (context.length > 0) this.keep(session, { context, messages });
  }

  /** Has it wait for the session's next event that can carry it. */
  keep(session: string, { context, messages }: Late): void {
    const known = this.#waiting.get(session) ?? NOTHING_LATE;
    this.#waiting.delete(session);
    this.#waiting.set(session, {
      context: [...known.context, ...context].slice(-MOST_TEXTS),
      messages: [...known.messages, ...messages].slice(-MOST_TEXTS),
    });
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MOST_SESSIONS && oldest !== undefined) this.#waiting.delete(oldest);
  }

  /** What waits for a session, once; nothing with an event that cannot carry it. */
  take(session: string, event: HookEvent): Late {
    const waiting = CARRIERS.has(event) ? this.#waiting.get(session) : undefined;
    if (waiting === undefined) return NOTHING_LATE;
    this.#waiting.delete(session);
    return waiting;
  }
}
