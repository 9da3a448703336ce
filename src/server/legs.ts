/** The trips upstream of one turn over HTTP: each answer as frames, and each given up when nobody reads it to its end. */
import type { Exchange, ResponseHead, Transport, UpstreamRequest } from "../contracts.ts";
import { CodexPlusError } from "../errors.ts";
import { Channel } from "../lib/channel.ts";
import { type Frame, readFrame, TERMINAL } from "../protocol/frame.ts";
import { isEventStream } from "../protocol/headers.ts";
import { SseReader } from "../protocol/sse.ts";
import type { Reply } from "../turn.ts";

export class Legs {
  readonly #transport: Transport;
  readonly #onHead: (head: ResponseHead) => void;
  /** What gives up each leg that has not ended. */
  readonly #open = new Set<() => void>();
  /** Requests that upstream has not begun to answer. */
  #unanswered = 0;
  #latest: Channel<Buffer> | undefined;
  #leftOpen = false;

  constructor(transport: Transport, onHead: (head: ResponseHead) => void) {
    this.#transport = transport;
    this.#onHead = onHead;
  }

  /** Whether upstream is being waited for; if not, and nothing flows, the wait is ours. */
  get awaited(): boolean {
    return this.#unanswered > 0 || this.#latest?.awaited === true;
  }

  /** Whether upstream itself has ended an event stream without a terminal event. */
  get leftOpen(): boolean {
    return this.#leftOpen;
  }

  /** @throws CodexPlusError when no answer comes */
  start(request: UpstreamRequest): Promise<Reply> {
    const bytes = new Channel<Buffer>(256, ({ length }) => length);
    this.#latest = bytes;
    this.#leftOpen = false;
    this.#unanswered += 1;
    return new Promise((resolve, reject) => {
      let begun = false;
      const over = (error?: CodexPlusError): void => {
        this.#open.delete(giveUp);
        if (begun) {
          bytes.end(error);
          return;
        }
        this.#unanswered -= 1;
        reject(error);
      };
      const exchange: Exchange = this.#transport.request(request, {
        head: (head) => {
          begun = true;
          this.#unanswered -= 1;
          this.#onHead(head);
          resolve({
            status: head.status,
            reason: head.reason,
            headers: head.headers,
            frames: this.#frames(head, bytes),
          });
          return "payload";
        },
        data: (chunk) => bytes.push(chunk),
        end: () => over(),
        fail: over,
      });
      const giveUp = (): void => {
        exchange.abort();
        over(new CodexPlusError("CP_UPSTREAM_CUT", "the turn was over before its answer was"));
      };
      this.#open.add(giveUp);
      bytes.onDrain = () => exchange.resume();
      bytes.onLeave = giveUp;
    });
  }

  /** Gives up whatever has not ended: the client has left, or the stages are done. */
  abort(): void {
    for (const giveUp of this.#open) giveUp();
  }

  /** The stream's events; where upstream answered with something else (an error's JSON), its bytes as they come. */
  async *#frames(head: ResponseHead, bytes: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
    if (!isEventStream(head.headers)) {
      for await (const chunk of bytes) yield readFrame(chunk, () => undefined);
      return;
    }
    const reader = new SseReader();
    let ended = false;
    for await (const chunk of bytes) {
      for (const frame of reader.push(chunk)) {
        ended ||= TERMINAL.has(frame.type);
        yield frame;
      }
    }
    const rest = reader.end();
    this.#leftOpen = !ended && !(rest !== undefined && TERMINAL.has(rest.type));
    if (rest !== undefined) yield rest;
  }
}
