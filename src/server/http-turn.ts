/** A turn over HTTP that a stage wants to see: its body gathered and read, its stream cut into frames where asked for. */
import type { RawHeaders, UpstreamRequest } from "../contracts.ts";
import { type Asked, ask, finish, type Plan, wrap } from "../engine.ts";
import { CodexPlusError, toCodexPlusError } from "../errors.ts";
import { decodeBody } from "../protocol/decode.ts";
import { failureFrame } from "../protocol/failure.ts";
import { type Frame, TERMINAL } from "../protocol/frame.ts";
import { endToEnd, header, isEventStream, replaced, without } from "../protocol/headers.ts";
import { RequestBody } from "../protocol/request.ts";
import { earlyEnd } from "../protocol/say.ts";
import type { Head, Outcome, Reply, Turn } from "../turn.ts";
import type { Aim } from "./aim.ts";
import { gather, upstreamBody } from "./body.ts";
import { FrameWriter } from "./frame-writer.ts";
import { HttpRelay } from "./http-relay.ts";
import { keepAlive } from "./keepalive.ts";
import { Legs } from "./legs.ts";
import { type Http, refuse } from "./request.ts";

/** Runs the turn to its end. Never throws: what fails is told to the client and the log. */
export function runHttpTurn(http: Http, head: Head, plan: Plan, aim: Aim): void {
  const turn = new HttpTurn(http, head, plan, aim);
  turn.run().catch((error: unknown) => refuse(http, toCodexPlusError(error)));
}

const CLIENT_LEFT = "the client left before the end of the turn";

class HttpTurn {
  readonly #http: Http;
  readonly #head: Head;
  readonly #plan: Plan;
  readonly #aim: Aim;
  readonly #gone = new AbortController();
  readonly #legs: Legs;
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
    const { front, response } = http;
    this.#legs = new Legs(front.transport, ({ headers }) => this.#learn(headers));
    response.on("close", () => {
      if (response.writableFinished) return;
      this.#gone.abort();
      this.#legs.abort();
    });
  }

  async run(): Promise<void> {
    const { front, request, entry, tap } = this.#http;
    const encoding = header(request.rawHeaders, "content-encoding") ?? "identity";
    const sent = await gather(this.#http, front.limits.requestBytes);
    // The client left in the middle of its own request.
    if (sent === undefined) return;
    tap?.asked(sent);
    tap?.arrived();
    const body = new RequestBody(await decodeBody(sent, encoding, front.limits.requestBytes));
    const encoded = async (next: RequestBody): Promise<Buffer> => {
      const bytes = await upstreamBody(next, body, sent, encoding);
      if (bytes !== sent) tap?.sent(bytes);
      return bytes;
    };
    const turn: Turn = {
      id: entry.id,
      head: this.#head,
      signal: this.#gone.signal,
      log: front.log.child({ id: entry.id }),
      request: body,
      notes: new Map(),
      leg: async (next) => {
        const bytes = await encoded(next);
        if (this.#gone.signal.aborted) throw new CodexPlusError("CP_UPSTREAM_CUT", CLIENT_LEFT);
        const { headers, ...up } = this.#upstream(bytes, next !== body || next.edited);
        // Nobody here could read what upstream compresses.
        return this.#legs.start({ ...up, headers: without(headers, "accept-encoding") });
      },
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
        const error = await this.#relay(await encoded(body), body.edited);
        if (error !== undefined) outcome = { ok: false, error };
      }
    } catch (thrown) {
      const error = toCodexPlusError(thrown);
      outcome = { ok: false, error };
      this.#fail(error);
    } finally {
      this.#legs.abort();
      if (this.#gone.signal.aborted) {
        outcome = { ok: false, error: new CodexPlusError("CP_UPSTREAM_CUT", CLIENT_LEFT) };
      }
      await finish(turn, asked?.entered ?? [], outcome);
    }
  }

  /** The response as it comes, once the request has been seen to. Settles when it is over, with what went wrong. */
  #relay(body: Buffer, edited: boolean): Promise<CodexPlusError | undefined> {
    const { front, response } = this.#http;
    // Left while the body was being encoded: its close will not be told again.
    if (response.destroyed) return Promise.resolve(undefined);
    let failure: CodexPlusError | undefined;
    const fail = (error: CodexPlusError): void => {
      failure = error;
      this.#http.fail(error);
    };
    const relay = new HttpRelay({ ...this.#http, fail }, (head) => this.#learn(head.headers));
    const exchange = front.transport.request(this.#upstream(body, edited), relay);
    relay.exchange = exchange;
    return new Promise((resolve) => {
      response.on("close", () => {
        if (!response.writableFinished) exchange.abort();
        const terminal = relay.terminal();
        if (terminal !== undefined) front.usage.see(this.#head, terminal);
        resolve(failure);
      });
    });
  }

  /** What an answer's fields tell of the limits. */
  #learn(headers: RawHeaders): void {
    const { front, request } = this.#http;
    front.memory.remember(request.rawHeaders, headers);
    front.usage.seeHeaders(headers);
  }

  #upstream(body: Buffer, edited: boolean): UpstreamRequest {
    const { to, headers } = this.#aim;
    const chunked = header(headers, "content-length") === undefined;
    // The whole body goes at once, so its length is known and no 100 Continue is waited for.
    const fields = without(headers, "expect");
    const sized = edited || chunked ? replaced(fields, "content-length", String(body.length)) : fields;
    return { to, method: this.#head.method, headers: sized, body };
  }

  async #deliver(reply: Reply): Promise<void> {
    const { front, response, entry, tap } = this.#http;
    entry.status = reply.status;
    response.sendDate = false;
    this.#sse = isEventStream(reply.headers);
    // Frames may be added, changed and dropped, so a length that was known no longer is; nor are trailers passed on.
    const headers = without(without(endToEnd(reply.headers), "content-length"), "trailer");
    response.writeHead(reply.status, reply.reason, headers);
    response.write("", "latin1");
    tap?.answered(reply.status, headers);
    const writer = new FrameWriter(response);
    this.#writer = writer;
    const stop = keepAlive(
      this.#head,
      front.limits.keepaliveMs,
      // Behind the end of a stream nothing may follow, and into a body that is no stream nothing may be put.
      () => this.#ended || !this.#sse || this.#legs.awaited,
      (frame) => this.#write(frame),
    );
    try {
      for await (const frame of reply.frames) {
        stop.refresh();
        if (response.destroyed) return;
        // Codex reads what follows the end as the next response's; only what is no event, as `[DONE]`, may.
        if (this.#ended && frame.type !== "") continue;
        if (!this.#write(frame)) await writer.drained();
      }
      if (this.#sse && !this.#ended && !this.#legs.leftOpen) this.#write(earlyEnd("sse"));
      writer.end();
    } finally {
      stop.end();
    }
  }

  #write(frame: Frame): boolean {
    const { entry, tap } = this.#http;
    if (entry.firstByte === 0) entry.firstByte = performance.now();
    entry.bytesDown += frame.raw.length;
    if (TERMINAL.has(frame.type)) {
      this.#ended = true;
      const event = frame.json();
      if (event !== undefined) this.#http.front.usage.see(this.#head, event);
    }
    const more = this.#writer?.write(frame.raw) ?? true;
    // What is no stream comes in pieces cut anywhere.
    if (this.#sse) tap?.frame(frame);
    else tap?.bytes(frame.raw);
    return more;
  }

  /** Before the first byte an error body, after it a failure event; nothing at all behind a terminal event. */
  #fail(error: CodexPlusError): void {
    const { response, entry, tap } = this.#http;
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
    if (!this.#ended) {
      const failure = failureFrame("sse", error, entry.id);
      this.#writer?.write(Buffer.concat([Buffer.from("\n\n"), failure.raw]));
      tap?.frame(failure);
    }
    this.#writer?.end();
  }
}
