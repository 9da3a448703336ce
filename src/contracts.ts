/** The contracts between rooms. Types only; every room may import them, none may import another room. */
import type { Duplex } from "node:stream";
import type { CodexPlusError } from "./errors.ts";

/**
 * Header fields exactly as they stood on the wire: name, value, name, value… in order, with case and repeats.
 * The same flat form as `IncomingMessage.rawHeaders`; order and case are part of what upstream sees.
 */
export type RawHeaders = readonly string[];

/** Where a request goes. `path` holds path and query as they will stand in the request line. */
export interface Target {
  /** Scheme, host and port, no path: `https://chatgpt.com`. From configuration, never from a request. */
  readonly origin: URL;
  readonly path: string;
}

export interface UpstreamRequest {
  readonly to: Target;
  readonly method: string;
  /** All fields in order, `host` among them and already naming the upstream; no other hop-by-hop field. */
  readonly headers: RawHeaders;
  /**
   * The whole body, or "stream" when it follows through `Exchange.write` (framed as the headers say: with a
   * `content-length` as it is, otherwise chunked), or undefined for none.
   */
  readonly body: Buffer | "stream" | undefined;
}

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly headers: RawHeaders;
  /**
   * True when the body arrives in HTTP/1.1 chunks and the transport can hand those over as they came: the sink may
   * then ask for "framed" bytes and write them to an HTTP/1.1 client without any re-framing.
   */
  readonly chunked: boolean;
}

/** What becomes of a response. Exactly one of `end` and `fail` is called, last, and once. */
export interface ResponseSink {
  /** A 1xx before the response (100 continue, 103 early hints). */
  informational?(status: number, reason: string, headers: RawHeaders): void;
  /**
   * The response begins. The answer chooses what `data` gets: the body's own bytes, or (only where `head.chunked`)
   * the bytes with their chunk framing, the last chunk and the trailers left out.
   */
  head(head: ResponseHead): "payload" | "framed";
  /** Bytes as they arrived. False asks for a pause until `Exchange.resume`. */
  data(bytes: Buffer): boolean;
  /** The whole body has arrived. Trailers come as they stood on the wire. */
  end(trailers: RawHeaders): void;
  /**
   * Before `head`: no response will come. After it: the response was cut. Not called after `Exchange.abort`.
   * @param missing "framed" only: how many bytes the chunk that was cut still lacks, its closing CRLF counted in
   */
  fail(error: CodexPlusError, missing?: number): void;
  /** The upstream takes more of the request body again, after `Exchange.write` answered false. */
  drain?(): void;
}

/** One request under way. */
export interface Exchange {
  /** More of a "stream" body. False asks to wait for `ResponseSink.drain`. */
  write(chunk: Buffer): boolean;
  /** The end of a "stream" body, with the client's trailers if it sent any (chunked bodies only). */
  end(trailers?: RawHeaders): void;
  /** Ends the reading of the response until `resume`: backpressure towards upstream. */
  pause(): void;
  resume(): void;
  /** Gives the exchange up: the upstream connection is closed at once and the sink hears nothing more. */
  abort(): void;
}

/** The answer to a WebSocket upgrade: a socket that has switched, or the refusal with its whole body. */
export type Upgrade =
  | {
      readonly switched: true;
      readonly headers: RawHeaders;
      readonly reason: string;
      readonly socket: Duplex;
      /** Bytes that arrived behind the 101 head. */
      readonly rest: Buffer;
    }
  | {
      readonly switched: false;
      readonly status: number;
      readonly reason: string;
      readonly headers: RawHeaders;
      readonly body: Buffer;
    };

/**
 * A way of reaching an upstream. Three implementations: codex (the handshakes of the real Codex CLI), native (stock
 * Node), chrome (a browser's handshake, HTTP only). One contract suite runs on each.
 */
export interface Transport {
  readonly name: string;
  /** False where WebSocket cannot be carried; the server then answers an upgrade with 426 and Codex uses HTTP. */
  readonly websocket: boolean;
  /** Sends a request. Never throws: everything that goes wrong reaches `sink.fail`. */
  request(request: UpstreamRequest, sink: ResponseSink): Exchange;
  /**
   * Asks for a WebSocket. `headers` hold the client's whole handshake (Connection, Upgrade, Sec-WebSocket-*), which goes
   * up as it is.
   * @throws CodexPlusError when no answer could be had
   */
  upgrade(request: Omit<UpstreamRequest, "body">, signal: AbortSignal): Promise<Upgrade>;
  /** Closes idle connections and refuses further requests. Exchanges under way are left alone. */
  close(): void;
}
