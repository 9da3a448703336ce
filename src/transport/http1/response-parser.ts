/**
 * Reads HTTP/1 responses from bytes, cut anywhere, without any I/O. Strict: whatever two readers could understand
 * differently (bare line feeds, folded fields, contradictory lengths) is a problem, and the connection is then lost.
 */
import type { RawHeaders, ResponseSink } from "../../contracts.ts";
import { Block } from "./block.ts";
import { ChunkedBody } from "./chunked-body.ts";
import { bodyFraming, parseHead, type StatusAndFields } from "./response-head.ts";

/** Most 1xx responses before the real one; a server that sends more is broken or hostile. */
const INFORMATIONAL_LIMIT = 64;
const NO_FIELDS: RawHeaders = [];

/** Who hears what was read. End and failure are not told: `done` and `problem` are looked at after `push`. */
export type ResponseEvents = Pick<ResponseSink, "head"> & {
  informational(status: number, reason: string, headers: RawHeaders): void;
  data(bytes: Buffer): void;
};

export class ResponseParser {
  /** The response is complete. */
  done = false;
  /** What is wrong; nothing more is read. */
  problem: string | undefined;
  /** The connection may carry another request once `done`. */
  reusable = false;
  trailers: RawHeaders = NO_FIELDS;
  readonly #method: string;
  readonly #events: ResponseEvents;
  readonly #headLimit: number;
  readonly #upgrading: boolean;
  #place: "head" | "length" | "chunked" | "close" = "head";
  readonly #block: Block;
  #chunks: ChunkedBody | undefined;
  #framed = false;
  #left = 0;
  #informational = 0;

  /**
   * @param method of the request: the answer to HEAD has no body
   * @param headLimit most bytes of a head, and of trailers
   * @param upgrading whether a 101 is the final answer (nothing behind its head is read) or a fault
   */
  constructor(method: string, events: ResponseEvents, headLimit: number, upgrading = false) {
    this.#method = method;
    this.#events = events;
    this.#headLimit = headLimit;
    this.#upgrading = upgrading;
    this.#block = new Block(headLimit, "HTTP/1.");
  }

  /**
   * Reads bytes, which belong to the parser from then on (chunks are moved together in place). Never throws.
   * Answers how many belonged to this response; fewer than all when it is done, or has a problem.
   */
  push(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && !this.done && this.problem === undefined) at = this.#step(bytes, at);
    return at;
  }

  /** What a response that was cut still lacks of its chunk, as `ResponseSink.fail` tells it: 0 without framing. */
  get missing(): number {
    return this.#framed ? (this.#chunks?.missing ?? 0) : 0;
  }

  /** The peer has ended its side. True if that is how the body was to end. */
  finish(): boolean {
    if (this.#place === "close" && this.problem === undefined) this.done = true;
    return this.done;
  }

  #step(bytes: Buffer, at: number): number {
    if (this.#place === "head") return this.#readHead(bytes, at);
    if (this.#chunks !== undefined) return this.#readChunks(this.#chunks, bytes, at);
    const end = this.#place === "length" ? Math.min(bytes.length, at + this.#left) : bytes.length;
    this.#left -= end - at;
    this.#events.data(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
    this.done = this.#place === "length" && this.#left === 0;
    return end;
  }

  #readHead(bytes: Buffer, at: number): number {
    const end = this.#block.take(bytes, at);
    if (end < 0) {
      this.problem = this.#block.problem;
      return bytes.length;
    }
    const head = parseHead(this.#block.text);
    if (head === undefined) this.problem = "a malformed response head";
    else if (head.status >= 200) this.#beginBody(head);
    else if (head.status === 101) this.#switchProtocols(head);
    else if (++this.#informational > INFORMATIONAL_LIMIT) this.problem = "too many 1xx responses";
    else this.#events.informational(head.status, head.reason, head.headers);
    return end;
  }

  #beginBody(head: StatusAndFields): void {
    const framing = bodyFraming(head, this.#method);
    if (typeof framing === "string") {
      this.problem = framing;
      return;
    }
    const { status, reason, headers } = head;
    const chunked = framing.kind === "chunked";
    const mode = this.#events.head({ status, reason, headers, chunked });
    this.reusable = framing.reusable;
    this.#left = framing.length;
    this.done = framing.kind === "none" || (framing.kind === "length" && framing.length === 0);
    this.#place = framing.kind === "none" ? "length" : framing.kind;
    if (chunked) {
      const emit = (bytes: Buffer) => this.#events.data(bytes);
      this.#framed = mode === "framed";
      this.#chunks = new ChunkedBody(this.#framed, emit, this.#headLimit);
    }
  }

  #switchProtocols({ status, reason, headers }: StatusAndFields): void {
    if (!this.#upgrading) this.problem = "a 101 that nobody asked for";
    else {
      this.done = true;
      this.#events.head({ status, reason, headers, chunked: false });
    }
  }

  #readChunks(chunks: ChunkedBody, bytes: Buffer, at: number): number {
    const end = chunks.push(bytes, at);
    this.problem = chunks.problem;
    this.done = chunks.done;
    this.trailers = chunks.trailers;
    return end;
  }
}
