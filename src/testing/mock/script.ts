/** The vocabulary in which tests and models say what the backend does. */
import type { RawHeaders } from "../../contracts.ts";
import type { Item, WireEvent } from "../events.ts";

/** What happens in a reply beside events. Each is made by the function of `steps` that bears its name. */
export type Action =
  | { readonly do: "bytes"; readonly bytes: Buffer }
  | { readonly do: "binary"; readonly bytes: Buffer }
  | { readonly do: "wire"; readonly bytes: Buffer }
  | { readonly do: "wait"; readonly until: Promise<unknown> }
  | { readonly do: "ping" }
  | { readonly do: "end" }
  | { readonly do: "cut" }
  | { readonly do: "reset" }
  | { readonly do: "silence" }
  | { readonly do: "close"; readonly code: number; readonly reason: string };

/** One moment of a reply: an event, or something else that happens on the wire. */
export type Step = WireEvent | Action;

const buffer = (bytes: Buffer | string) => (typeof bytes === "string" ? Buffer.from(bytes) : bytes);

export const steps = {
  /** SSE: exactly these bytes of the body. WebSocket: one text message of them. */
  bytes: (bytes: Buffer | string): Action => ({ do: "bytes", bytes: buffer(bytes) }),
  /** WebSocket: a binary message. SSE: as `bytes`. */
  binary: (bytes: Buffer | string): Action => ({ do: "binary", bytes: buffer(bytes) }),
  /** Bytes on the TCP connection itself, below HTTP and WebSocket: a whole response, half a head, a broken frame. */
  wire: (bytes: Buffer | string): Action => ({ do: "wire", bytes: buffer(bytes) }),
  wait: (until: Promise<unknown>): Action => ({ do: "wait", until }),
  /** WebSocket: a ping. SSE: a comment. */
  ping: (): Action => ({ do: "ping" }),
  /** The body ends properly (WebSocket: close 1000), with or without a terminal event before. */
  end: (): Action => ({ do: "end" }),
  /** The connection ends (FIN) in the middle of what it carries. */
  cut: (): Action => ({ do: "cut" }),
  /** The connection is reset (RST). */
  reset: (): Action => ({ do: "reset" }),
  /** Nothing more ever, with the connection open: half-open. Ends when the client leaves. */
  silence: (): Action => ({ do: "silence" }),
  /** A WebSocket close frame; SSE: as `end`. */
  close: (code: number, reason = ""): Action => ({ do: "close", code, reason }),
};

/** A whole answer to a request. */
export interface Answer {
  /** 200 by default. On WebSocket any other becomes an `error` frame with this status. */
  readonly status?: number;
  readonly reason?: string;
  readonly headers?: Readonly<Record<string, string>> | RawHeaders;
  /** The whole body: text and bytes as they are, anything else as JSON. On WebSocket its `error` goes in the frame. */
  readonly body?: unknown;
  /** The stream; in the place of `body`. */
  readonly steps?: Iterable<Step> | AsyncIterable<Step>;
  /** 1xx answers before. HTTP only. */
  readonly early?: readonly Early[];
  readonly trailers?: Readonly<Record<string, string>>;
}

/** 103 with headers, or 100 and 102 without. */
export interface Early {
  readonly status: 100 | 102 | 103;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Steps alone stand for a 200 with the backend's usual headers. */
export type Reply = readonly Step[] | Answer;

export type Kind = "main" | "side" | "warmup" | "compact";

/** A Responses request as a model sees it, the same on both wires. */
export interface Ask {
  readonly wire: "sse" | "ws";
  readonly kind: Kind;
  readonly body: Readonly<Record<string, unknown>>;
  /** Everything the model knows: what earlier frames of the socket carried, then this request's input. */
  readonly history: readonly Item[];
  /** The last text that a person wrote; empty when there is none. */
  readonly prompt: string;
  /** The output of the last tool call, when that is what the request brings. */
  readonly toolOutput: string | undefined;
  /**
   * How the client takes shell commands: a program for `exec` (in the namespace `functions`, or bare as up to Codex
   * 0.145), a call of `exec_command`, or not at all.
   */
  readonly shell: "program" | "bare-program" | "call" | "none";
  /** Codex's turn id; empty where the client gave none. */
  readonly turn: string;
  /** Ids that no other reply of this backend has. */
  readonly id: { readonly response: string; readonly item: string; readonly call: string };
}

/** Answers a request, or leaves it to the next one in line. */
export type Model = (ask: Ask) => Reply | undefined | Promise<Reply | undefined>;

/** An error body in the backend's shape. */
export function failure(
  status: number,
  error: Readonly<Record<string, unknown>>,
  headers?: Readonly<Record<string, string>>,
): Answer {
  return { status, body: { error }, ...(headers && { headers }) };
}
