/** The words everybody speaks: turn, request, reply, stage, outcome. Types only. */
import type { RawHeaders } from "./contracts.ts";
import type { CodexPlusError } from "./errors.ts";
import type { Logger } from "./log.ts";
import type { Frame, Wire } from "./protocol/frame.ts";
import type { RequestBody } from "./protocol/request.ts";

export type { Wire } from "./protocol/frame.ts";

/**
 * What a request is for, read from the turn metadata and never from prose:
 * main: a person's own turn (and its tool follow-ups); side: title, guardian, review, memory, sub-agents and all that is
 * unknown, which no feature touches; warmup: the prewarm of a socket; compact: the history is being compacted.
 */
export type TurnKind = "main" | "side" | "warmup" | "compact";

/** What is known of a request before anything is forwarded. */
export interface Head {
  readonly wire: Wire;
  readonly kind: TurnKind;
  /** Codex's conversation id; empty where the client gave none. */
  readonly thread: string;
  /** Threads whose items may stand in this one's history: what it was forked from, whose sub-agent it is, its session. */
  readonly parents: readonly string[];
  /** Codex's turn id, the same for all tool follow-ups; empty where the client gave none. */
  readonly turn: string;
  /** The folder the client works in, where it said so. */
  readonly cwd?: string;
  readonly method: string;
  readonly path: string;
  /** The HTTP request's fields, or those of the upgrade that opened the socket. */
  readonly headers: RawHeaders;
}

/** One request and all that is done with it, until its stream has ended. */
export interface Turn {
  /** The request id of the log line. */
  readonly id: string;
  readonly head: Head;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly request: RequestBody;
  /** One more trip upstream inside this turn, with this body. */
  leg(body: RequestBody): Promise<Reply>;
  /** The turn's scratch; each stage owns its key. */
  readonly notes: Map<symbol, unknown>;
}

/** What comes back: from upstream, or made here. */
export interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly headers: RawHeaders;
  readonly frames: AsyncIterable<Frame>;
}

/** How a turn ended, told to every stage that took part. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly error: CodexPlusError };

/** How much of a turn a stage has to see. Asked once, before a byte is forwarded. */
export type Needs = "nothing" | "request" | "events";

/**
 * Sees one request and its answer go by, and holds nothing of it up: it keeps references, changes nothing, never throws.
 * What it is shown is what the client sent and what the client gets.
 */
export interface Tap {
  /** A piece of the request as the client sent it, in its content coding. */
  asked(piece: Buffer): void;
  /** The request has come whole. Not told where the client left before, or was refused. */
  arrived(): void;
  /** What goes up in its place, a stage having edited it; in the request's content coding. */
  sent(body: Buffer): void;
  /** The head of the answer: upstream's, or our own. */
  answered(status: number, headers: RawHeaders): void;
  /** Bytes of an answer that is relayed as it comes, cut anywhere; without chunk framing. */
  bytes(piece: Buffer): void;
  /** An event that goes down, where each is looked at anyway. */
  frame(frame: Frame): void;
  /** Once, last. */
  end(end: TapEnd): void;
}

export interface TapEnd {
  /** As the log line says it: "done", "client gone", "upstream cut"… */
  readonly close: string;
  /** Whether a stage answered it here. */
  readonly local: boolean;
  readonly error?: CodexPlusError | undefined;
}

/** A behaviour: named moments of a turn, each optional. It never sees a socket, so it serves both wires. */
export interface Stage {
  readonly name: string;
  needs(head: Head): Needs;
  /** Asked once, as `needs` is: for whoever only wants to see. It asks for nothing to be gathered or parsed. */
  tap?(head: Head, request: { readonly id: string; readonly provider: string }): Tap | undefined;
  /** Edits the request, or answers it here. */
  request?(turn: Turn): Reply | undefined | Promise<Reply | undefined>;
  /**
   * Asked behind `request`, where the plan was made for "events": whether that is still so, now that the request has been
   * seen. An answer that nobody watches any more is relayed as it comes.
   */
  watches?(turn: Turn): boolean;
  /**
   * Pulls, yields: may pass, edit, drop and add. Backpressure is the pull. Only with needs "events". A leg that is
   * started here comes back as the stages further in have left it.
   * @param sent what the stream answers: the turn's request, or what a stage further out has sent in a leg of its own
   */
  frames?(turn: Turn, source: AsyncIterable<Frame>, sent: RequestBody): AsyncIterable<Frame>;
  /** Once, always, when the turn is over. */
  done?(turn: Turn, outcome: Outcome): void | Promise<void>;
}
