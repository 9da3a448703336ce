/** The raw path down: an upstream response into a client's, byte for byte, nothing looked at. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Exchange, RawHeaders, ResponseHead, ResponseSink } from "../contracts.ts";
import type { CodexPlusError } from "../errors.ts";
import { Chunks } from "../protocol/chunks.ts";
import { failureFrame } from "../protocol/failure.ts";
import type { WireEvent } from "../protocol/frame.ts";
import { endToEnd, header, isEventStream, without } from "../protocol/headers.ts";
import { Tail } from "../protocol/tail.ts";
import type { Tap } from "../turn.ts";
import type { Entry } from "./record.ts";
import { sendError } from "./reply.ts";
import type { Http } from "./request.ts";

/** A cut chunk is filled up with line ends, which mean nothing in SSE, up to this many bytes; a longer one is cut. */
const MAX_FILL = 65_536;
const LF = 10;
/** Ends whatever event was cut. */
const BLANK = Buffer.from("\n\n");
/** What stands behind a chunk's data. */
const CRLF_BYTES = 2;

/**
 * Bytes go straight to the socket in upstream's own chunk framing where they may: `ServerResponse.write` costs four
 * buffers a chunk, and that is most of the work of a saturated relay.
 */
export class HttpRelay implements ResponseSink {
  /** Set as soon as the exchange exists; a transport never calls back before it has returned one. */
  exchange: Exchange | undefined;
  readonly #http: Http;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #entry: Entry;
  readonly #onHead: (head: ResponseHead) => void;
  readonly #tap: Tap | undefined;
  #socket: Socket | undefined;
  /** Of an event stream only. */
  #tail: Tail | undefined;
  /** Where what comes in chunks is looked at. */
  #chunks: Chunks | undefined;

  constructor(http: Http, onHead: (head: ResponseHead) => void) {
    this.#http = http;
    this.#request = http.request;
    this.#response = http.response;
    this.#entry = http.entry;
    this.#onHead = onHead;
    this.#tap = http.tap;
  }

  informational(status: number, reason: string, headers: RawHeaders): void {
    const { socket } = this.#response;
    if (this.#response.headersSent || socket === null || this.#request.httpVersionMinor === 0) return;
    if (status === 100) {
      this.#response.writeContinue();
      return;
    }
    let text = `HTTP/1.1 ${status} ${reason}\r\n`;
    for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
    socket.write(`${text}\r\n`, "latin1");
  }

  head(head: ResponseHead): "payload" | "framed" {
    const response = this.#response;
    this.#entry.status = head.status;
    this.#onHead(head);
    const sse = head.status === 200 && isEventStream(head.headers);
    if (sse) this.#tail = new Tail();
    const { socket } = response;
    // One packet for the head and what came with it.
    socket?.cork();
    process.nextTick(() => socket?.uncork());
    response.sendDate = false;
    let headers = endToEnd(head.headers);
    // Behind a known length there would be no place to tell of a failure.
    if (sse) headers = without(headers, "content-length");
    const inChunks = this.#goesInChunks(head.status, headers);
    // Only the end of chunks has a place for what it announces; Node throws on it anywhere else.
    response.writeHead(head.status, head.reason, inChunks ? headers : without(headers, "trailer"));
    const framed = head.chunked && inChunks && socket !== null;
    // As `flushHeaders`, which writes the head in UTF-8 where it came in latin1.
    response.write("", "latin1");
    this.#tap?.answered(head.status, headers);
    if (!framed) return "payload";
    this.#socket = socket;
    if (sse || this.#tap !== undefined) this.#chunks = new Chunks();
    return "framed";
  }

  data(bytes: Buffer): boolean {
    const entry = this.#entry;
    if (entry.firstByte === 0) entry.firstByte = performance.now();
    entry.bytesDown += bytes.length;
    const out = this.#socket ?? this.#response;
    const more = out.write(bytes);
    if (!more) out.once("drain", () => this.exchange?.resume());
    if (this.#chunks === undefined) this.#see(bytes);
    else for (const part of this.#chunks.push(bytes)) this.#see(part);
    return more;
  }

  end(trailers: RawHeaders): void {
    if (trailers.length > 0) this.#response.addTrailers(pairs(trailers));
    this.#response.end();
    // An upload that was paused is not wanted any more; the client's next request stands behind it.
    this.#request.resume();
  }

  fail(error: CodexPlusError, missing = 0): void {
    this.#http.fail(error);
    const response = this.#response;
    if (!response.headersSent) {
      this.#entry.status = error.row.status;
      sendError(response, error, this.#entry.id, this.#tap);
    } else if (this.#tail === undefined || missing > MAX_FILL) {
      // Whoever counts bytes must see that some are missing.
      response.destroy();
    } else {
      if (missing > 0) this.#fill(missing);
      const end = this.#tail.end();
      if (end !== "told") this.#say(BLANK);
      if (end === "open") this.#say(failureFrame("sse", error, this.#entry.id).raw);
      response.end();
    }
  }

  /** The event that ended the stream; undefined where it was none, or was cut. */
  terminal(): WireEvent | undefined {
    return this.#tail?.terminal();
  }

  drain(): void {
    this.#request.resume();
  }

  #see(payload: Buffer): void {
    this.#tail?.push(payload);
    this.#tap?.bytes(payload);
  }

  #say(bytes: Buffer): void {
    this.#response.write(bytes);
    this.#tap?.bytes(bytes);
  }

  /** The rest of a chunk that was cut: line ends, and its own. */
  #fill(missing: number): void {
    const bytes = filler(missing);
    this.#socket?.write(bytes);
    if (missing > CRLF_BYTES) this.#tap?.bytes(bytes.subarray(0, -CRLF_BYTES));
  }

  /** Whether Node sends this answer's body in chunks. */
  #goesInChunks(status: number, headers: RawHeaders): boolean {
    const { method, httpVersionMinor } = this.#request;
    const bodiless = method === "HEAD" || status === 204 || status === 304;
    return httpVersionMinor === 1 && !bodiless && header(headers, "content-length") === undefined;
  }
}

function filler(missing: number): Buffer {
  const bytes = Buffer.alloc(missing, LF);
  if (missing >= CRLF_BYTES) bytes.write("\r\n", missing - CRLF_BYTES, "latin1");
  return bytes;
}

function pairs(headers: RawHeaders): [string, string][] {
  const out: [string, string][] = [];
  for (let i = 0; i < headers.length; i += 2) out.push([headers[i] as string, headers[i + 1] as string]);
  return out;
}
