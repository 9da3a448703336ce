/** One request and its response: which connection it uses, when it is sent again, and how it ends. */
import type { Exchange, RawHeaders, ResponseHead, ResponseSink, UpstreamRequest } from "../../contracts.ts";
import { CodexPlusError, toCodexPlusError } from "../../errors.ts";
import type { Connector } from "../connector.ts";
import { Connection, type ConnectionUser } from "./connection.ts";
import type { Pool } from "./pool.ts";
import { RequestBody } from "./request-body.ts";
import type { WireRequest } from "./request-head.ts";
import { type ResponseEvents, ResponseParser } from "./response-parser.ts";

/** What an exchange needs of its transport. */
export interface Wiring {
  readonly connector: Connector;
  readonly pool: Pool;
  /** Most bytes of a response head, and of trailers. */
  readonly headBytes: number;
}

/**
 * A kept-alive connection may have been closed by the upstream in the moment we wrote to it. If it ends before the first
 * byte of a response, the request is sent once more, on a fresh connection, as long as all of its body is still at hand.
 * That could in theory repeat a request which a crashing upstream had already begun; an idle connection closing is the
 * cause in practice, and Codex itself sends a turn again after a reset, so nothing new can happen to the upstream.
 */
export class Http1Exchange implements Exchange, ConnectionUser, ResponseEvents {
  readonly #wiring: Wiring;
  readonly #origin: URL;
  readonly #method: string;
  readonly #body: RequestBody;
  readonly #sink: ResponseSink;
  #parser: ResponseParser | undefined;
  #connection: Connection | undefined;
  #connecting: AbortController | undefined;
  /** The sink has heard its last, or wants to hear no more. */
  #over = false;
  #aborted = false;
  #paused = false;
  /** The sink was told to wait and has not heard `drain` yet. */
  #draining = false;

  constructor(wiring: Wiring, request: UpstreamRequest, wire: WireRequest, sink: ResponseSink) {
    this.#wiring = wiring;
    this.#origin = request.to.origin;
    this.#method = wire.method;
    this.#body = new RequestBody(wire, request.body);
    this.#sink = sink;
    const waiting = wiring.pool.take(this.#origin.origin);
    if (waiting === undefined) this.#connect();
    else this.#begin(waiting);
  }

  write(chunk: Buffer): boolean {
    if (this.#over) return true;
    const more = this.#guard(() => this.#body.write(chunk)) ?? true;
    if (!more) this.#draining = true;
    return more;
  }

  end(trailers: RawHeaders = []): void {
    if (!this.#over) this.#guard(() => this.#body.end(trailers));
  }

  pause(): void {
    this.#paused = true;
    if (!this.#over) this.#connection?.socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (!this.#over) this.#connection?.socket.resume();
  }

  abort(): void {
    this.#aborted = true;
    this.#stop();
  }

  onBytes(connection: Connection, bytes: Buffer): void {
    try {
      this.#read(connection, bytes);
    } catch (thrown) {
      this.#broken(thrown);
    }
  }

  #read(connection: Connection, bytes: Buffer): void {
    const parser = this.#parser;
    if (parser === undefined) return;
    this.#body.forget();
    const used = parser.push(bytes);
    if (this.#over) return;
    if (parser.problem !== undefined) this.#fail("CP_UPSTREAM_PROTOCOL", `answered with ${parser.problem}`);
    else if (parser.done) this.#complete(connection, parser, used === bytes.length);
  }

  onDrain(): void {
    if (!this.#draining) return;
    this.#draining = false;
    this.#guard(() => this.#sink.drain?.());
  }

  onEnd(connection: Connection): void {
    try {
      const parser = this.#parser;
      if (parser?.finish()) this.#complete(connection, parser, false);
      else this.#lost(connection, undefined);
    } catch (thrown) {
      this.#broken(thrown);
    }
  }

  onClose(connection: Connection, error: Error | undefined): void {
    this.#lost(connection, error);
  }

  informational(status: number, reason: string, headers: RawHeaders): void {
    if (!this.#over) this.#sink.informational?.(status, reason, headers);
  }

  head(head: ResponseHead): "payload" | "framed" {
    return this.#over ? "payload" : this.#sink.head(head);
  }

  data(bytes: Buffer): void {
    if (!this.#over && !this.#sink.data(bytes)) this.pause();
  }

  #connect(): void {
    const connecting = new AbortController();
    this.#connecting = connecting;
    this.#wiring.connector.connect(this.#origin, "http", connecting.signal).then(
      (socket) => {
        if (this.#over) socket.on("error", () => {}).destroy();
        else this.#begin(new Connection(socket, this.#origin.origin, this));
      },
      (error: unknown) => {
        if (!this.#over) this.#failWith(toCodexPlusError(error, "CP_UPSTREAM_UNREACHABLE"));
      },
    );
  }

  #begin(connection: Connection): void {
    this.#connecting = undefined;
    this.#connection = connection;
    connection.user = this;
    this.#parser = new ResponseParser(this.#method, this, this.#wiring.headBytes);
    if (this.#paused) connection.socket.pause();
    const more = this.#body.open(connection.socket);
    // A fresh connection was not idle: whatever becomes of it, nothing is sent twice.
    if (!connection.reused) this.#body.forget();
    if (more) this.onDrain();
  }

  /** The connection ended, and the response had not. */
  #lost(connection: Connection, error: Error | undefined): void {
    connection.destroy();
    if (this.#body.replayable) {
      this.#body.detach();
      this.#connection = undefined;
      this.#connect();
    } else {
      this.#fail("CP_UPSTREAM_CUT", error === undefined ? "ended the connection early" : error.message, error);
    }
  }

  #complete(connection: Connection, parser: ResponseParser, clean: boolean): void {
    this.#over = true;
    // First the connection, then the sink: a request it sends at once may then use the connection again.
    if (clean && parser.reusable && this.#body.sent) this.#wiring.pool.put(connection);
    else connection.destroy();
    this.#sink.end(parser.trailers);
  }

  #stop(): void {
    // Once over, the connection may be somebody else's.
    if (this.#over) return;
    this.#over = true;
    this.#connecting?.abort();
    this.#connection?.destroy();
  }

  #fail(code: "CP_UPSTREAM_CUT" | "CP_UPSTREAM_PROTOCOL", what: string, cause?: Error): void {
    this.#failWith(new CodexPlusError(code, `${this.#origin.host}: ${what}`, { cause }));
  }

  #failWith(error: CodexPlusError): void {
    this.#stop();
    this.#sink.fail(error, this.#parser?.missing);
  }

  /** The sink could not take what it was told. That is the end of this exchange and of nothing else. */
  #broken(thrown: unknown): void {
    if (!this.#aborted) this.#failWith(toCodexPlusError(thrown));
  }

  /** Runs a step of the request's side; what it throws is the end of the exchange, told later as all else is. */
  #guard<Result>(step: () => Result): Result | undefined {
    try {
      return step();
    } catch (thrown) {
      this.#stop();
      process.nextTick(() => {
        if (!this.#aborted) this.#sink.fail(toCodexPlusError(thrown));
      });
      return undefined;
    }
  }
}
