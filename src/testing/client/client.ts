/** What a client is, on either wire. */
import type { Item, WireEvent } from "../events.ts";

export interface ClientOptions {
  /** What comes before `/responses`. */
  readonly baseUrl: string;
  readonly key: string;
  readonly model?: string;
  /** Hears each event as it arrives. */
  readonly onEvent?: (event: WireEvent) => void;
}

/** One request and its reply, with every byte of both. */
export interface Exchanged {
  /** 200, or the status of the refusal (on WebSocket that of the error frame). */
  readonly status: number;
  readonly events: readonly WireEvent[];
  /** The request's body or message. */
  readonly up: Buffer;
  /** The response's body in one piece, or the messages one by one. */
  readonly down: readonly Buffer[];
  readonly firstEventMs: number;
  readonly totalMs: number;
}

/** A conversation: it remembers what was said, each wire in its own way. */
export interface Client {
  readonly wire: "sse" | "ws";
  /** Sends new input items and reads the reply to its end. @throws Error when the connection breaks before that */
  turn(...input: Item[]): Promise<Exchanged>;
  close(): void;
}
