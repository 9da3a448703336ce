/** A response held back until it is clear whether anybody gets to see it. */
import type { RawHeaders, ResponseHead, ResponseSink } from "../../contracts.ts";
import type { CodexPlusError } from "../../errors.ts";

/** A challenge page is some ten KB; what is longer waits at the upstream. */
const HELD_BYTES = 64 * 1024;

export class HeldResponse {
  readonly #head: ResponseHead;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #last: ((sink: ResponseSink) => void) | undefined;

  constructor(head: ResponseHead) {
    this.#head = head;
  }

  data(bytes: Buffer): boolean {
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    return this.#bytes < HELD_BYTES;
  }

  end(trailers: RawHeaders): void {
    this.#last = (sink) => sink.end(trailers);
  }

  fail(error: CodexPlusError): void {
    this.#last = (sink) => sink.fail(error);
  }

  /**
   * Hands over everything so far; what follows goes to the sink directly.
   * @returns whether the sink takes more
   */
  release(sink: ResponseSink): boolean {
    // The body was taken without its chunk framing, so the head must not promise any.
    sink.head({ ...this.#head, headers: withoutFraming(this.#head.headers), chunked: false });
    const more = this.#chunks.map((bytes) => sink.data(bytes)).every(Boolean);
    this.#last?.(sink);
    return more;
  }
}

function withoutFraming(headers: RawHeaders): RawHeaders {
  return headers.filter((_, at) => headers[at - (at % 2)]?.toLowerCase() !== "transfer-encoding");
}
