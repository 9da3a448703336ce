/** A turn over HTTP that a stage wants to see: its body gathered and read, its stream cut into frames where asked for. */
import type { IncomingMessage } from "node:http";
import type { Exchange, RawHeaders, ResponseHead } from "../contracts.ts";
import { type Asked, ask, finish, type Plan, wrap } from "../engine.ts";
import { CodexPlusError, toCodexPlusError } from "../errors.ts";
import { Channel } from "../lib/channel.ts";
import { decodeBody } from "../protocol/decode.ts";
import { encodeBody } from "../protocol/encode.ts";
import { failureFrame } from "../protocol/failure.ts";
import { type Frame, readFrame, TERMINAL } from "../protocol/frame.ts";
import { endToEnd, header, replaced, without } from "../protocol/headers.ts";
import { RequestBody } from "../protocol/request.ts";
import { SseReader } from "../protocol/sse.ts";
import type { Head, Outcome, Reply, Turn } from "../turn.ts";
import type { Aim } from "./aim.ts";
import { FrameWriter } from "./frame-writer.ts";
import { HttpRelay } from "./http-relay.ts";
import { keepAlive } from "./keepalive.ts";
import { type Http, hasBody, refuse } from "./request.ts";

/** Runs the turn to its end. Never throws: what fails is told to the client and the log. */
export function runHttpTurn(http: Http, head: Head, plan: Plan, aim: Aim): void {
  const turn = new HttpTurn(http, head, plan, aim);
  turn.run().catch((error: unknown) => refuse(http, toCodexPlusError(error)));
}

class HttpTurn {
  readonly #http: Http;
  readonly #head: Head;
  readonly #plan: Plan;
  readonly #aim: Aim;
  readonly #gone = new AbortController();
  /** Whether upstream is being waited for; if not, and nothing flows, the wait is ours. */
  #awaiting: Channel<Buffer> | undefined;
  /** Requests that upstream has not begun to answer. */
  #legs = 0;
  /** Set once the head has gone down. */
  #writer: FrameWriter | undefined;
  /** Whether a terminal event has gone down. */
  #ended = false;
  #sse = false;

  constructor(http: Http, head: Head, plan: Plan, aim: Aim) {
    this.#http = http;
    this.#head = head;
    this.#plan = plan;
    this.#aim = aim;
    http.response.on("close", () => http.response.writableFinished || this.#gone.abort());
  }

  async run(): Promise<void> {
    const { front, request, entry } = this.#http;
    const encoding = header(request.rawHeaders, "content-encoding") ?? "identity";
    const sent = await gather(this.#http, front.limits.requestBytes);
    // The client left in the middle of its own request.
    if (sent === undefined) return;
    const body = new RequestBody(await decodeBody(sent, encoding, front.limits.requestBytes));
    const turn: Turn = {
      id: entry.id,
      head: this.#head,
      signal: this.#gone.signal,
      log: front.log.child({ id: entry.id }),
      request: body,
      notes: new Map(),
      leg: async (next) => this.#leg(await upstreamBody(next, body, sent, encoding), next !== body || next.edited),
    };
    let asked: Asked | undefined;
    let outcome: Outcome = { ok: true };
    try {
      asked = await ask(turn, this.#plan);
      if (asked.refused !== undefined) throw asked.refused;
      if (this.#gone.signal.aborted) return;
      if (asked.reply !== undefined) {
        entry.local = true;
        const limits = front.memory.recall(request.rawHeaders);
        await this.#deliver(wrap(turn, { ...asked.reply, headers: [...asked.reply.headers, ...limits] }, asked));
      } else if (asked.needs === "events") {
        await this.#deliver(wrap(turn, await turn.leg(body), asked));
      } else {
        const error = await this.#relay(await upstreamBody(body, body, sent, encoding), body.edited);
        if (error !== undefined) outcome = { ok: false, error };
      }
    } catch (thrown) {
      const error = toCodexPlusError(thrown);
      outcome = { ok: false, error };
      this.#fail(error);
    } finally {
      if (this.#gone.signal.aborted) {
        outcome = {
          ok: false,
          error: new CodexPlusError("CP_UPSTREAM_CUT", "the client left before the end of the turn"),
        };
      }
      await finish(turn, asked?.entered ?? [], outcome);
    }
  }

  /** The response as it comes, once the request has been seen to. Settles when it is over, with what went wrong. */
  #relay(body: Buffer, edited: boolean): Promise<CodexPlusError | undefined> {
    const { front, request, response } = this.#http;
    // Left while the body was being encoded: its close will not be told again.
    if (response.destroyed) return Promise.resolve(undefined);
    let failure: CodexPlusError | undefined;
    const fail = (error: CodexPlusError): void => {
      failure = error;
      this.#http.fail(error);
    };
    const relay = new HttpRelay({ ...this.#http, fail }, (head) =>
      front.memory.remember(request.rawHeaders, head.headers),
    );
    const exchange = front.transport.request(this.#upstream(body, edited), relay);
    relay.exchange = exchange;
    return new Promise((resolve) => {
      response.on("close", () => {
        if (!response.writableFinished) exchange.abort();
        resolve(failure);
      });
    });
  }

  /** One trip upstream, its answer as frames. @throws CodexPlusError when no answer comes */
  #leg(body: Buffer, edited: boolean): Promise<Reply> {
    const { front, request } = this.#http;
    const { signal } = this.#gone;
    const bytes = new Channel<Buffer>();
    this.#awaiting = bytes;
    this.#legs += 1;
    return new Promise((resolve, reject) => {
      let begun = false;
      const exchange: Exchange = front.transport.request(this.#upstream(body, edited), {
        head: (head) => {
          begun = true;
          this.#legs -= 1;
          front.memory.remember(request.rawHeaders, head.headers);
          resolve({ status: head.status, reason: head.reason, headers: head.headers, frames: framesOf(head, bytes) });
          return "payload";
        },
        data: (chunk) => bytes.push(chunk),
        end: () => bytes.end(),
        fail: (error) => {
          if (begun) {
            bytes.end(error);
            return;
          }
          this.#legs -= 1;
          reject(error);
        },
      });
      bytes.onDrain = () => exchange.resume();
      bytes.onLeave = () => exchange.abort();
      const leave = (): void => {
        exchange.abort();
        const error = new CodexPlusError("CP_UPSTREAM_CUT", "the client left");
        if (begun) bytes.end(error);
        else reject(error);
      };
      if (signal.aborted) leave();
      else signal.addEventListener("abort", leave, { once: true });
    });
  }

  #upstream(body: Buffer, edited: boolean): { to: Aim["to"]; method: string; headers: RawHeaders; body: Buffer } {
    const { to, headers } = this.#aim;
    const chunked = header(headers, "content-length") === undefined;
    // The whole body goes at once, so its length is known and no 100 Continue is waited for.
    const fields = without(headers, "expect");
    const sized = edited || chunked ? replaced(fields, "content-length", String(body.length)) : fields;
    return { to, method: this.#head.method, headers: sized, body };
  }

  async #deliver(reply: Reply): Promise<void> {
    const { front, response, entry } = this.#http;
    entry.status = reply.status;
    response.sendDate = false;
    this.#sse = (header(reply.headers, "content-type") ?? "").startsWith("text/event-stream");
    // Frames may be added, changed and dropped, so a length that was known no longer is.
    response.writeHead(reply.status, reply.reason, without(endToEnd(reply.headers), "content-length"));
    response.write("", "latin1");
    const writer = new FrameWriter(response);
    this.#writer = writer;
    const stop = keepAlive(
      "sse",
      front.limits.keepaliveMs,
      // Behind the end of a stream nothing may follow, and into a body that is no stream nothing may be put.
      () => this.#ended || !this.#sse || this.#legs > 0 || this.#awaiting?.awaited === true,
      (frame) => this.#write(frame),
    );
    try {
      for await (const frame of reply.frames) {
        stop.refresh();
        if (response.destroyed) return;
        if (!this.#write(frame)) await writer.drained();
      }
      writer.end();
    } finally {
      stop.end();
    }
  }

  #write(frame: Frame): boolean {
    const { entry } = this.#http;
    if (entry.firstByte === 0) entry.firstByte = performance.now();
    entry.bytesDown += frame.raw.length;
    if (TERMINAL.has(frame.type)) this.#ended = true;
    return this.#writer?.write(frame.raw) ?? true;
  }

  /** Before the first byte an error body, after it a failure event; nothing at all behind a terminal event. */
  #fail(error: CodexPlusError): void {
    const { response, entry } = this.#http;
    if (this.#gone.signal.aborted) return;
    if (!response.headersSent) {
      refuse(this.#http, error);
      return;
    }
    this.#http.fail(error);
    if (!this.#sse) {
      // Whoever counts bytes must see that some are missing.
      response.destroy();
      return;
    }
    if (!this.#ended)
      this.#writer?.write(Buffer.concat([Buffer.from("\n\n"), failureFrame("sse", error, entry.id).raw]));
    this.#writer?.end();
  }
}

/** The request's whole body; undefined if the client left before its end. @throws CodexPlusError CP_REQUEST_TOO_LARGE */
async function gather(http: Http, limit: number): Promise<Buffer | undefined> {
  const { request, response, entry } = http;
  if (!hasBody(request)) return Buffer.alloc(0);
  if (expectsContinue(request)) response.writeContinue();
  const tooLarge = (): CodexPlusError =>
    new CodexPlusError("CP_REQUEST_TOO_LARGE", `the request body is over the limit of ${limit} bytes`);
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  // The iterator would otherwise destroy the socket when the body is refused, and the answer with it.
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      entry.bytesUp += chunk.length;
      if (entry.bytesUp > limit) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (request.errored !== null) return undefined;
    throw error;
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

function expectsContinue(request: IncomingMessage): boolean {
  return request.headers.expect?.toLowerCase() === "100-continue";
}

/** What goes up: the very bytes that came unless something was changed; then in the encoding that the fields promise. */
async function upstreamBody(next: RequestBody, first: RequestBody, sent: Buffer, encoding: string): Promise<Buffer> {
  return next === first && !next.edited ? sent : encodeBody(next.bytes(), encoding);
}

/** The stream's events; where upstream answered with something else (an error's JSON), its bytes as they come. */
async function* framesOf(head: ResponseHead, bytes: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  if (!(header(head.headers, "content-type") ?? "").startsWith("text/event-stream")) {
    for await (const chunk of bytes) yield readFrame(chunk, () => undefined);
    return;
  }
  const reader = new SseReader();
  for await (const chunk of bytes) yield* reader.push(chunk);
  const rest = reader.end();
  if (rest !== undefined) yield rest;
}
