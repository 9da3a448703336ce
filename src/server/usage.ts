/** What each conversation has used and what is left of the limits, gathered from what passes anyway; nothing is kept on disk. */
import type { RawHeaders } from "../contracts.ts";
import type { Frame, WireEvent } from "../protocol/frame.ts";
import type { TurnKind } from "../turn.ts";

/** Tokens, since this process first saw the conversation. */
export interface ThreadUsage {
  /** Finished responses: a turn with tools has several. */
  readonly turns: number;
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

export interface LimitState {
  readonly name: string;
  readonly usedPercent: number;
  /** Seconds since 1970. */
  readonly resetsAt: number | undefined;
}

/** The request that an event answers, as its head or its log entry tells it. */
interface Whose {
  readonly kind?: TurnKind | undefined;
  readonly thread?: string | undefined;
}

/** The events that anything is read from. */
const TELLING: ReadonlySet<string> = new Set(["response.completed", "response.incomplete", "codex.rate_limits"]);

const NONE: ThreadUsage = { turns: 0, input: 0, cached: 0, output: 0 };
const MOST_THREADS = 512;
const HEADER = /^x-(.+-)?(primary|secondary)-(used-percent|reset-at|window-minutes)$/i;

export class UsageMemory {
  readonly #threads = new Map<string, ThreadUsage>();
  readonly #limits = new Map<string, LimitState>();

  /** An event that came down; those that tell nothing are passed over, and only a person's own turns are counted. */
  see({ kind, thread }: Whose, event: WireEvent): void {
    if (event.type === "codex.rate_limits") this.#seeLimits(event);
    else if (kind === "main" && thread !== undefined && TELLING.has(event.type)) this.#seeResponse(thread, event);
  }

  /** A frame that came down: parsed only if it tells anything. */
  look(whose: Whose, frame: Frame): void {
    const event = TELLING.has(frame.type) ? frame.json() : undefined;
    if (event !== undefined) this.see(whose, event);
  }

  /** The fields of a response, which carry the limits on HTTP. */
  seeHeaders(headers: RawHeaders): void {
    const found = new Map<string, Record<string, number>>();
    for (let i = 0; i < headers.length; i += 2) {
      const match = HEADER.exec(headers[i] ?? "");
      const value = Number(headers[i + 1]);
      if (match === null || !Number.isFinite(value)) continue;
      const [, family = "", which = "", field = ""] = match;
      const known = found.get(`${family.toLowerCase()}${which}`) ?? {};
      known[field.toLowerCase()] = value;
      found.set(`${family.toLowerCase()}${which}`, known);
    }
    for (const [key, fields] of found) {
      const used = fields["used-percent"];
      if (used !== undefined)
        this.#keep(key.replace(/^codex-/, ""), used, fields["window-minutes"], fields["reset-at"]);
    }
  }

  of(thread: string): ThreadUsage | undefined {
    return this.#threads.get(thread);
  }

  limits(): readonly LimitState[] {
    return [...this.#limits.values()];
  }

  #seeResponse(thread: string, { response }: WireEvent): void {
    const usage = recordOf(recordOf(response)?.usage);
    if (thread === "" || usage === undefined) return;
    const before = this.#threads.get(thread) ?? NONE;
    if (this.#threads.size >= MOST_THREADS && before === NONE) this.#threads.clear();
    this.#threads.set(thread, {
      turns: before.turns + 1,
      input: before.input + numberOf(usage.input_tokens),
      cached: before.cached + numberOf(recordOf(usage.input_tokens_details)?.cached_tokens),
      output: before.output + numberOf(usage.output_tokens),
    });
  }

  #seeLimits({ rate_limits: limits }: WireEvent): void {
    for (const which of ["primary", "secondary"]) {
      const limit = recordOf(recordOf(limits)?.[which]);
      if (limit === undefined || typeof limit.used_percent !== "number") continue;
      this.#keep(which, limit.used_percent, limit.window_minutes, limit.reset_at);
    }
  }

  #keep(key: string, usedPercent: number, minutes: unknown, resetsAt: unknown): void {
    const name = typeof minutes === "number" ? `${key}, ${windowOf(minutes)}` : key;
    this.#limits.set(key, { name, usedPercent, resetsAt: typeof resetsAt === "number" ? resetsAt : undefined });
  }
}

/** 300 minutes are "5 h", 10,080 are "7 d". */
function windowOf(minutes: number): string {
  if (minutes % 1440 === 0) return `${minutes / 1440} d`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
