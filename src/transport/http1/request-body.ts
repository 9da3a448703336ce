/** Sends the body of one request in the framing its head announced, and keeps what may have to be sent a second time. */
import type { Socket } from "node:net";
import type { RawHeaders, UpstreamRequest } from "../../contracts.ts";
import { formatFields } from "./fields.ts";
import { invalid, type WireRequest } from "./request-head.ts";

/** A stream that has sent more than this is not sent a second time. */
const REPLAY_BYTES = 1024 * 1024;
/** How much of a stream is taken before there is a connection. */
const WAITING_BYTES = 64 * 1024;

export class RequestBody {
  readonly #wire: WireRequest;
  /** All chunks so far, as long as they could be needed (again). */
  #kept: Buffer[] | undefined = [];
  #taken = 0;
  #ended: boolean;
  #trailers = "";
  #socket: Socket | undefined;

  constructor(wire: WireRequest, body: UpstreamRequest["body"]) {
    this.#wire = wire;
    if (body instanceof Buffer) {
      this.#kept = [body];
      this.#taken = body.length;
    }
    this.#ended = body !== "stream";
  }

  /** Everything has been handed to the socket, and left it. */
  get sent(): boolean {
    return this.#ended && this.#socket !== undefined && this.#socket.writableLength === 0;
  }

  get replayable(): boolean {
    return this.#kept !== undefined;
  }

  /** Writes the head and what there is of the body, in one go. False if the socket asks to wait. */
  open(socket: Socket): boolean {
    this.#socket = socket;
    socket.cork();
    socket.write(this.#wire.head, "latin1");
    for (const chunk of this.#kept ?? []) this.#send(socket, chunk);
    if (this.#ended) {
      this.#finish(socket);
      socket.uncork();
    } else process.nextTick(() => socket.uncork()); // with what the body's writer has at hand
    return !socket.writableNeedDrain;
  }

  /** The connection was lost: what comes now waits for the next one. */
  detach(): void {
    this.#socket = undefined;
  }

  /** There will be no second sending. */
  forget(): void {
    this.#kept = undefined;
  }

  /** @throws CodexPlusError CP_REQUEST_INVALID when it is more than the head announced */
  write(chunk: Buffer): boolean {
    this.#taken += chunk.length;
    if (this.#ended) throw invalid("its body was written after its end");
    if (this.#wire.framing === "length" && this.#taken > this.#wire.length) {
      throw invalid("its body is longer than its content-length");
    }
    this.#kept?.push(chunk);
    const socket = this.#socket;
    if (socket === undefined) return this.#taken < WAITING_BYTES;
    if (this.#taken > REPLAY_BYTES) this.forget();
    return this.#send(socket, chunk);
  }

  /** @throws CodexPlusError CP_REQUEST_INVALID when it is less than the head announced, or a trailer cannot be written */
  end(trailers: RawHeaders): void {
    if (this.#ended) return;
    if (this.#wire.framing === "length" && this.#taken < this.#wire.length) {
      throw invalid("its body is shorter than its content-length");
    }
    const text = formatFields(trailers);
    if (text === undefined) throw invalid("a trailer holds characters that cannot stand in a header");
    this.#trailers = text;
    this.#ended = true;
    if (this.#socket !== undefined) this.#finish(this.#socket);
  }

  #send(socket: Socket, chunk: Buffer): boolean {
    if (chunk.length === 0) return !socket.writableNeedDrain;
    if (this.#wire.framing !== "chunked") return socket.write(chunk);
    socket.cork();
    socket.write(`${chunk.length.toString(16)}\r\n`, "latin1");
    socket.write(chunk);
    const more = socket.write("\r\n", "latin1");
    socket.uncork();
    return more;
  }

  #finish(socket: Socket): void {
    if (this.#wire.framing === "chunked") socket.write(`0\r\n${this.#trailers}\r\n`, "latin1");
  }
}
