/** One event coming down, on either wire. */
export type Wire = "sse" | "ws";

/** A Responses API event. Only the fields that a feature reads are typed where they are read; the rest passes. */
export interface WireEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Frame {
  /** The event's type; empty for what is no event (a comment, `[DONE]`, text that is no JSON). */
  readonly type: string;
  /**
   * Exactly what arrived: on SSE the event with its blank line, on WebSocket the message's text. Forwarded as it is
   * unless a stage yields another frame in its place.
   */
  readonly raw: Buffer;
  /** The parsed event, on first call; undefined for what is no event. */
  json(): WireEvent | undefined;
}

/** Events after which Codex reads nothing more for this request (codex-wire: sending more corrupts the next turn). */
export const TERMINAL: ReadonlySet<string> = new Set([
  "response.completed",
  "response.failed",
  "response.incomplete",
  "error",
]);

/** A frame made here, in the form its wire carries. */
export function makeFrame(wire: Wire, event: WireEvent): Frame {
  const json = JSON.stringify(event);
  const raw = Buffer.from(wire === "sse" ? `event: ${event.type}\ndata: ${json}\n\n` : json);
  return { type: event.type, raw, json: () => event };
}

/** A frame read from a wire. @param text finds the JSON text in raw; undefined where there is none */
export function readFrame(raw: Buffer, text: (raw: Buffer) => string | undefined): Frame {
  return new ReadFrame(raw, text);
}

const TYPE_FIRST = '{"type":"';

class ReadFrame implements Frame {
  readonly raw: Buffer;
  readonly #text: (raw: Buffer) => string | undefined;
  #json: string | undefined;
  #type: string | undefined;
  #event: WireEvent | undefined;
  #parsed = false;

  constructor(raw: Buffer, text: (raw: Buffer) => string | undefined) {
    this.raw = raw;
    this.#text = text;
  }

  get type(): string {
    this.#type ??= this.#readType();
    return this.#type;
  }

  json(): WireEvent | undefined {
    if (!this.#parsed) {
      this.#parsed = true;
      this.#event = parseEvent(this.#source());
    }
    return this.#event;
  }

  #source(): string {
    this.#json ??= this.#text(this.raw) ?? "";
    return this.#json;
  }

  /** Most events begin with their type, so that it can be had without parsing the rest. */
  #readType(): string {
    const source = this.#source();
    if (source.startsWith(TYPE_FIRST)) {
      const end = source.indexOf('"', TYPE_FIRST.length);
      const type = source.slice(TYPE_FIRST.length, end);
      if (end > 0 && !type.includes("\\")) return type;
    }
    return this.json()?.type ?? "";
  }
}

function parseEvent(source: string): WireEvent | undefined {
  if (source === "") return undefined;
  try {
    const value: unknown = JSON.parse(source);
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEvent(value: unknown): value is WireEvent {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
