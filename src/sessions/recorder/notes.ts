/** What the proxy's thread tells the recorder's worker: references to what passed, in batches. Types only. */
import type { Wire } from "../../protocol/frame.ts";

/** Settings of the worker, given once. */
export interface Setup {
  /** The database file. */
  readonly path: string;
  /** Unique for this run of the proxy; leg keys begin with it. */
  readonly run: string;
  /** Pictures larger than this are told of, but not kept. */
  readonly blobBytes: number;
}

/** A request has arrived whole. */
export interface Begun {
  readonly what: "begun";
  /** The request id of the log line. */
  readonly id: string;
  readonly wire: Wire;
  readonly provider: string;
  readonly path: string;
  /** ms since 1970. */
  readonly at: number;
  /** Those fields that tell of client and conversation; never authorization, cookie, account. */
  readonly headers: readonly string[];
  /** As it came, in its `content-encoding`; undefined where it had to be dropped. */
  readonly body: Uint8Array | undefined;
}

/** What went up in place of the request as it came, a stage having edited it; in the same content coding. */
export interface Sent {
  readonly what: "sent";
  readonly id: string;
  readonly body: Uint8Array;
}

export interface Answered {
  readonly what: "answered";
  readonly id: string;
  readonly status: number;
  /** `content-type`, `x-request-id`, rate limits; nothing else. */
  readonly headers: readonly string[];
}

/** Bytes of the answer that were relayed as they came, cut anywhere. */
export interface Bytes {
  readonly what: "bytes";
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Whole events, each as the client got it (an SSE event with its blank line, or a WebSocket message). */
export interface Events {
  readonly what: "events";
  readonly id: string;
  readonly bytes: Uint8Array;
  /** Where each ends in `bytes`. */
  readonly ends: readonly number[];
}

export interface Ended {
  readonly what: "ended";
  readonly id: string;
  /** From the request's head, in ms. */
  readonly ms: number;
  readonly firstByteMs: number | undefined;
  /** How the server saw it end: see `Close` in server/record.ts. */
  readonly close: string;
  readonly local: boolean;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** Some of its bodies were dropped on the way here. */
  readonly dropped: boolean;
}

/** A call of an MCP tool is over. What was given and came back is JSON. */
export interface Called {
  readonly what: "called";
  /** Unique for this run of the proxy. */
  readonly id: string;
  readonly thread: string | undefined;
  /** The thread that the person sees, where `thread` is a sub-agent's. */
  readonly session: string | undefined;
  readonly turn: string | undefined;
  /** The request in whose answer it was made. */
  readonly request: string | undefined;
  readonly callId: string | undefined;
  readonly client: string;
  /** The folder that it was made for. */
  readonly cwd: string;
  readonly server: string;
  readonly tool: string;
  /** `mcp__server__tool` */
  readonly name: string;
  readonly input: unknown;
  readonly content: readonly unknown[];
  readonly structured: unknown;
  readonly at: number;
  readonly ms: number;
  readonly failed: boolean;
}

export type Note = Called | Begun | Sent | Answered | Bytes | Events | Ended;

/** To the worker. */
export type ToWorker =
  | { readonly what: "notes"; readonly notes: readonly Note[]; readonly size: number }
  /** Answered by `flushed` when all that came before is committed, or has been given up. */
  | { readonly what: "flush"; readonly ticket: number }
  | { readonly what: "close" };

/** From the worker. */
export type FromWorker =
  /** So many bytes of notes are done with. */
  | { readonly what: "taken"; readonly size: number }
  | { readonly what: "flushed"; readonly ticket: number }
  /** The store fails (again, after working) or works again. `setAside` names a file that was found broken. */
  | { readonly what: "store"; readonly ok: boolean; readonly reason?: string; readonly setAside?: string }
  /** Legs that were given up: because the store failed for too long, or for another reason. */
  | { readonly what: "lost"; readonly legs: number; readonly reason?: string };
