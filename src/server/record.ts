/** What is counted and logged of a request: one log line and one set of metrics each, never a token, cookie or body. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { RawHeaders } from "../contracts.ts";
import type { CodexPlusError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { header } from "../protocol/headers.ts";
import type { Tap, TurnKind, Wire } from "../turn.ts";

/** How a request came to its end. */
export type Close = "done" | "client gone" | "upstream cut" | "refused" | "failed" | "stopped";

export interface Entry {
  readonly id: string;
  /** performance.now() at its start. */
  readonly started: number;
  readonly method: string;
  readonly endpoint: string;
  readonly provider: string;
  readonly wire: Wire | "http";
  kind?: TurnKind;
  thread?: string;
  turn?: string;
  status: number;
  bytesUp: number;
  bytesDown: number;
  /** performance.now() when the first byte came down; 0 before. */
  firstByte: number;
  /** Whether a stage answered it here. */
  local?: boolean;
}

export interface Counts {
  readonly requests: number;
  readonly turns: { readonly sse: number; readonly ws: number };
  readonly errors: number;
  readonly open: number;
}

let sequence = 0;
/** Short, unique within this process, and greppable. */
export function nextId(): string {
  sequence += 1;
  return `${process.pid.toString(36)}-${sequence.toString(36)}`;
}

/** What the log shows of a path: the query may hold secrets. */
export function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}

/** The ids that the headers tell, for the log. */
export function idsOf(headers: RawHeaders): { thread?: string } {
  const thread = header(headers, "thread-id") ?? header(headers, "session-id") ?? header(headers, "session_id");
  return thread === undefined ? {} : { thread };
}

export class Records {
  readonly registry = new Registry();
  readonly #log: Logger;
  readonly #requests: Counter<"wire" | "status">;
  readonly #errors: Counter<"code">;
  readonly #bytes: Counter<"direction">;
  readonly #first: Histogram<"wire">;
  readonly #duration: Histogram<"wire">;
  #total = 0;
  #failed = 0;
  readonly #turns = { sse: 0, ws: 0 };
  #open = 0;

  constructor(log: Logger) {
    this.#log = log;
    const registers = [this.registry];
    this.#requests = new Counter({
      name: "codex_plus_requests_total",
      help: "Requests and WebSocket turns that have ended",
      labelNames: ["wire", "status"],
      registers,
    });
    this.#errors = new Counter({
      name: "codex_plus_errors_total",
      help: "Errors of our own making or finding, by code",
      labelNames: ["code"],
      registers,
    });
    this.#bytes = new Counter({
      name: "codex_plus_bytes_total",
      help: "Body bytes relayed",
      labelNames: ["direction"],
      registers,
    });
    const buckets = [0.001, 0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800];
    this.#first = new Histogram({
      name: "codex_plus_first_byte_seconds",
      help: "From the request's head to the first byte of the answer",
      labelNames: ["wire"],
      buckets,
      registers,
    });
    this.#duration = new Histogram({
      name: "codex_plus_duration_seconds",
      help: "From the request's head to the answer's end",
      labelNames: ["wire"],
      buckets,
      registers,
    });
    new Gauge({
      name: "codex_plus_open",
      help: "Requests and WebSocket turns under way",
      registers,
      collect: this.#collectOpen(),
    });
  }

  begin(entry: Omit<Entry, "status" | "bytesUp" | "bytesDown" | "firstByte">): Entry {
    this.#open += 1;
    return { ...entry, status: 0, bytesUp: 0, bytesDown: 0, firstByte: 0 };
  }

  /** The one end of a request. @param tap whoever was shown it is told of its end too */
  end(entry: Entry, close: Close, error?: CodexPlusError, tap?: Tap): void {
    tap?.end({ close, local: entry.local === true, error });
    this.#open -= 1;
    this.#total += 1;
    const now = performance.now();
    const { wire } = entry;
    if (entry.kind !== undefined && wire !== "http") this.#turns[wire] += 1;
    if (error !== undefined) {
      this.#failed += 1;
      this.#errors.inc({ code: error.code });
    }
    this.#requests.inc({ wire, status: entry.status });
    this.#bytes.inc({ direction: "up" }, entry.bytesUp);
    this.#bytes.inc({ direction: "down" }, entry.bytesDown);
    if (entry.firstByte > 0) this.#first.observe({ wire }, (entry.firstByte - entry.started) / 1000);
    this.#duration.observe({ wire }, (now - entry.started) / 1000);
    const { started, firstByte, ...known } = entry;
    const line = {
      ...known,
      ...(firstByte > 0 ? { firstByteMs: rounded(firstByte - started) } : {}),
      ms: rounded(now - started),
      close,
      ...(error === undefined ? {} : { code: error.code, reason: error.message }),
    };
    if (error === undefined) this.#log.info(line, "request");
    else this.#log.warn(line, "request");
  }

  counts(): Counts {
    return { requests: this.#total, turns: { ...this.#turns }, errors: this.#failed, open: this.#open };
  }

  #collectOpen(): (this: Gauge) => void {
    const open = (): number => this.#open;
    return function collect(this: Gauge) {
      this.set(open());
    };
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
