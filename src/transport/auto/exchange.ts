/** A request that is tried a second time, on another transport, when its first answer is a challenge. */
import type { Exchange, RawHeaders, ResponseHead, ResponseSink, Transport, UpstreamRequest } from "../../contracts.ts";
import type { CodexPlusError } from "../../errors.ts";
import { isChallenge } from "./challenge.ts";
import { HeldResponse } from "./held.ts";

/** The most of a streamed request body that is kept for a second try; a Codex request seldom passes 1 MB. */
const KEPT_BYTES = 8 * 1024 * 1024;

export interface Ways {
  readonly first: Transport;
  readonly second: Transport;
  /** The second try was answered properly. */
  passed(host: string): void;
  /** The second try was challenged too, or could not be made; the first answer is relayed. */
  failed(host: string, reason: string): void;
}

/**
 * The client hears one response: the first one, unless that is a challenge and the second is none. A challenge is held back
 * while the second try is under way. Only a request whose whole body is at hand is tried again.
 */
export class SecondTry implements Exchange {
  readonly #ways: Ways;
  readonly #request: UpstreamRequest;
  readonly #sink: ResponseSink;
  readonly #first: Exchange;
  #second: Exchange | undefined;
  #held: HeldResponse | undefined;
  /** The chunks of a streamed body; undefined once they are too many or no longer needed. */
  #kept: Buffer[] | undefined = [];
  #keptBytes = 0;
  #ended: boolean;
  /** The client was told to wait with the rest of its body. */
  #waiting = false;

  constructor(ways: Ways, request: UpstreamRequest, sink: ResponseSink) {
    this.#ways = ways;
    this.#request = request;
    this.#sink = sink;
    this.#ended = request.body !== "stream";
    this.#first = ways.first.request(request, {
      informational: (status, reason, headers) => sink.informational?.(status, reason, headers),
      head: (head) => this.#firstHead(head),
      data: (bytes) => (this.#held ?? sink).data(bytes),
      end: (trailers) => (this.#held ?? sink).end(trailers),
      fail: (error, missing) => (this.#held ?? sink).fail(error, missing),
      drain: () => this.#drain(),
    });
  }

  write(chunk: Buffer): boolean {
    this.#keep(chunk);
    const more = this.#first.write(chunk);
    // Whoever challenges a request may not read the rest of it, of which the second try is in need.
    this.#waiting = !more && this.#held === undefined;
    return !this.#waiting;
  }

  end(trailers?: RawHeaders): void {
    this.#ended = true;
    this.#first.end(trailers);
    if (this.#held !== undefined) this.#tryAgain();
  }

  pause(): void {
    (this.#second ?? this.#first).pause();
  }

  resume(): void {
    (this.#second ?? this.#first).resume();
  }

  abort(): void {
    this.#first.abort();
    this.#second?.abort();
  }

  #keep(chunk: Buffer): void {
    if (this.#kept === undefined) return;
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    if (this.#keptBytes <= KEPT_BYTES) return;
    this.#kept = undefined;
    if (this.#held !== undefined) this.#giveIn("the request is too large to be kept for a second try");
  }

  #firstHead(head: ResponseHead): "payload" | "framed" {
    if (this.#kept !== undefined && isChallenge(head.status, head.headers)) {
      this.#held = new HeldResponse(head);
      if (this.#ended) this.#tryAgain();
      else this.#drain();
      return "payload";
    }
    this.#kept = undefined;
    return this.#sink.head(head);
  }

  #drain(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#sink.drain?.();
  }

  #tryAgain(): void {
    const body = this.#request.body === "stream" ? Buffer.concat(this.#kept ?? []) : this.#request.body;
    this.#kept = undefined;
    const sink = this.#sink;
    this.#second = this.#ways.second.request(
      { ...this.#request, body },
      {
        head: (head) => {
          if (!isChallenge(head.status, head.headers)) return this.#accept(head);
          this.#giveIn("the second try was challenged too");
          return "payload";
        },
        data: (bytes) => sink.data(bytes),
        end: (trailers) => sink.end(trailers),
        fail: (error: CodexPlusError, missing?: number) => {
          if (this.#held === undefined) sink.fail(error, missing);
          else this.#giveIn(error.message);
        },
      },
    );
  }

  #accept(head: ResponseHead): "payload" | "framed" {
    this.#held = undefined;
    this.#first.abort();
    this.#ways.passed(this.#request.to.origin.host);
    return this.#sink.head(head);
  }

  /** Relays the challenge after all. */
  #giveIn(reason: string): void {
    const held = this.#held;
    this.#held = undefined;
    this.#second?.abort();
    this.#second = undefined;
    this.#ways.failed(this.#request.to.origin.host, reason);
    if (held?.release(this.#sink)) this.#first.resume();
  }
}
