/** A request made of a transport, and everything its sink heard. */
import type {
  Exchange,
  RawHeaders,
  ResponseHead,
  ResponseSink,
  Transport,
  UpstreamRequest,
} from "../../src/contracts.ts";
import type { CodexPlusError } from "../../src/errors.ts";

export interface CallOptions {
  readonly method?: string;
  readonly path?: string;
  /** Fields behind `Host`. */
  readonly headers?: RawHeaders;
  readonly body?: UpstreamRequest["body"];
  /** Ask for framed bytes where they can be had. */
  readonly framed?: boolean;
  /** What `data` answers; true when not given. */
  readonly take?: (bytes: Buffer) => boolean;
  /** The call of the sink that throws, as code with a fault in it would. */
  readonly throws?: "informational" | "head" | "data" | "end";
}

/** What a finished exchange said, in one object to compare. */
export interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  readonly trailers: RawHeaders;
  /** The error's code where the exchange failed. */
  readonly error: string | undefined;
}

export class Call implements ResponseSink {
  readonly exchange: Exchange;
  readonly informationals: { status: number; reason: string; headers: RawHeaders }[] = [];
  response: ResponseHead | undefined;
  readonly pieces: Buffer[] = [];
  error: CodexPlusError | undefined;
  missing: number | undefined;
  /** How often the sink heard its last; more than once is a broken contract. */
  endings = 0;
  /** When the head has come, or the call failed. */
  readonly begun: Promise<void>;
  /** When the first bytes of the body have come, or the call is over. */
  readonly flowing: Promise<void>;
  readonly over: Promise<Answer>;
  readonly #options: CallOptions;
  readonly #begin: () => void;
  readonly #flow: () => void;
  readonly #finish: (answer: Answer) => void;
  #drained: (() => void) | undefined;

  constructor(transport: Transport, origin: URL, options: CallOptions = {}) {
    const begun = Promise.withResolvers<void>();
    const flowing = Promise.withResolvers<void>();
    const over = Promise.withResolvers<Answer>();
    [this.begun, this.flowing, this.over] = [begun.promise, flowing.promise, over.promise];
    [this.#begin, this.#flow, this.#finish] = [begun.resolve, flowing.resolve, over.resolve];
    this.#options = options;
    const { method = "GET", path = "/", headers = [], body } = options;
    this.exchange = transport.request(
      { to: { origin, path }, method, headers: ["Host", origin.host, ...headers], body },
      this,
    );
  }

  /** Sends a chunk and waits until more is wanted. */
  async send(chunk: Buffer): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    if (!this.exchange.write(chunk)) await drained;
  }

  informational(status: number, reason: string, headers: RawHeaders): void {
    this.#stumble("informational");
    this.informationals.push({ status, reason, headers });
  }

  head(head: ResponseHead): "payload" | "framed" {
    this.#stumble("head");
    this.response = head;
    this.#begin();
    return this.#options.framed && head.chunked ? "framed" : "payload";
  }

  data(bytes: Buffer): boolean {
    this.#flow();
    this.#stumble("data");
    if (this.#options.take !== undefined) return this.#options.take(bytes);
    this.pieces.push(bytes);
    return true;
  }

  drain(): void {
    this.#drained?.();
  }

  end(trailers: RawHeaders): void {
    this.#stumble("end");
    this.#end(trailers);
  }

  fail(error: CodexPlusError, missing?: number): void {
    this.error = error;
    this.missing = missing;
    this.#end([]);
  }

  #stumble(call: CallOptions["throws"]): void {
    if (this.#options.throws === call) throw new Error(`${call} threw`);
  }

  #end(trailers: RawHeaders): void {
    this.endings++;
    this.#begin();
    this.#flow();
    const body = Buffer.concat(this.pieces).toString("latin1");
    this.#finish({ status: this.response?.status, body, trailers, error: this.error?.code });
  }
}
