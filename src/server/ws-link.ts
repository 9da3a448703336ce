/**
 * The two sockets of one WebSocket and what passes between them: framing, compression towards upstream, pings answered on
 * each side, close codes carried over, backpressure both ways. It knows nothing of turns.
 */
import type { Duplex } from "node:stream";
import { type CodexPlusError, type ErrorCode, toCodexPlusError } from "../errors.ts";
import { type WsMessage, WsReader } from "../protocol/ws.ts";
import { closePayload, encodeFrame, OPCODE, readClose } from "../protocol/ws-frame.ts";
import { type Deflate, WORTHWHILE } from "./deflate.ts";
import { linger } from "./linger.ts";
import { Down } from "./ws-down.ts";

export interface LinkEvents {
  /** A whole message of the client. */
  fromClient(message: WsMessage): void;
  /** A whole, inflated message of upstream, where messages are asked for. */
  fromUpstream(message: WsMessage): void;
  /** Upstream's bytes have been relayed. */
  relayed(bytes: number): void;
  /** A relayed text message has ended that began like this. */
  relayedMessage(start: Buffer): void;
  /**
   * Upstream is gone, with its close frame (which will be carried over) or without. The client can still be written to,
   * and is only closed when what remains to be told has been.
   */
  upstreamGone(error: CodexPlusError | undefined): Promise<void> | undefined;
  /** Both sockets are closed or closing. @param code of the close frame that began it; 1006 where there was none */
  closed(by: "client" | "upstream" | "us", code: number): void;
}

export interface LinkOptions {
  readonly client: Duplex;
  readonly upstream: Duplex;
  readonly deflate: Deflate | undefined;
  readonly maxMessage: number;
  /** Whether upstream's messages are gathered whole; if not, they are relayed as they come, unless they are compressed. */
  readonly whole: boolean;
}

/** Behind a close frame: how long each side may go without taking anything of what still waits for it, in ms. */
const STALL_MS = { client: 2000, upstream: 30_000 };
/** A connection was lost on the other side (RFC 6455 7.4.1: an unexpected condition). */
const LOST = 1011;
const CLOSE_CODES: Partial<Record<ErrorCode, number>> = { CP_FRAME_TOO_LARGE: 1009, CP_WEBSOCKET_PROTOCOL: 1002 };
/** Bytes that may wait for their compression, or inflation, before whoever sent them is paused. */
const MOST_HELD = 1024 * 1024;
/** What the end of a connection without a close frame is called (RFC 6455 7.1.5). */
const ABNORMAL = 1006;

export class Link {
  readonly #client: Duplex;
  readonly #upstream: Duplex;
  readonly #deflate: Deflate | undefined;
  readonly #events: LinkEvents;
  readonly #fromClient: WsReader;
  readonly #fromUpstream: WsReader;
  readonly #toClient: Down;
  /** Compressed traffic is worked on one message after the other, per direction. */
  #up: Promise<void> = Promise.resolve();
  #down: Promise<void> = Promise.resolve();
  #downHeld = 0;
  #upHeld = 0;
  #leaving = false;
  #closed = false;

  constructor({ client, upstream, deflate, maxMessage, whole }: LinkOptions, events: LinkEvents) {
    this.#client = client;
    this.#upstream = upstream;
    this.#deflate = deflate;
    this.#events = events;
    this.#fromClient = new WsReader(
      { fromClient: true, deflate: false, maxMessage },
      {
        message: (message) => this.#events.fromClient(message),
        bytes: () => undefined,
        control: (opcode, payload) => this.#clientControl(opcode, payload),
      },
    );
    this.#fromClient.mode = "messages";
    this.#fromUpstream = new WsReader(
      { fromClient: false, deflate: deflate !== undefined, maxMessage },
      {
        message: (message) => this.#upstreamMessage(message),
        bytes: (bytes) => {
          if (!this.#toClient.relay(bytes)) this.#upstream.pause();
          this.#events.relayed(bytes.length);
        },
        ended: (start) => this.#events.relayedMessage(start),
        control: (opcode, payload) => this.#upstreamControl(opcode, payload),
      },
    );
    this.#toClient = new Down(client, this.#fromUpstream);
    this.#fromUpstream.mode = whole || deflate !== undefined ? "messages" : "relay";
  }

  /** Begins to relay. @param clientRest, upstreamRest bytes that arrived with the handshakes */
  start(clientRest: Buffer, upstreamRest: Buffer): void {
    this.#listen(this.#client, this.#fromClient, "client");
    this.#listen(this.#upstream, this.#fromUpstream, "upstream");
    if (upstreamRest.length > 0) this.#read(this.#fromUpstream, upstreamRest, "upstream");
    if (clientRest.length > 0) this.#read(this.#fromClient, clientRest, "client");
    this.#client.resume();
    this.#upstream.resume();
  }

  /** A message of the client's own, as it came. */
  passUp(message: WsMessage): void {
    if (this.#deflate === undefined) this.#writeUp(message.raw);
    else this.sendUp(message.payload, message.opcode);
  }

  sendUp(payload: Buffer, opcode: number = OPCODE.text): void {
    const deflate = this.#deflate;
    if (deflate === undefined) {
      this.#writeUp(encodeFrame(opcode, payload, true));
      return;
    }
    const small = payload.length < WORTHWHILE;
    this.#upHeld += payload.length;
    if (this.#upHeld > MOST_HELD) this.#client.pause();
    this.#up = this.#up
      .then(async () => encodeFrame(opcode, small ? payload : await deflate.deflate(payload), true, !small))
      .then((frame) => {
        this.#upHeld -= payload.length;
        this.#writeUp(frame);
        if (this.#upHeld === 0) this.resumeClient();
      })
      .catch((error: unknown) => this.#broken("upstream", toCodexPlusError(error)));
  }

  /** Writes a text message to the client. False asks to wait for `clientDrained`. */
  sendDown(payload: Buffer, opcode: number = OPCODE.text): boolean {
    if (this.#closed) return true;
    return this.#toClient.message(payload, opcode);
  }

  /** Settles when the client takes more, or has gone. */
  clientDrained(): Promise<void> {
    return this.#toClient.drained();
  }

  pauseClient(): void {
    this.#client.pause();
  }

  resumeClient(): void {
    if (!this.#upstream.writableNeedDrain && this.#upHeld <= MOST_HELD) this.#client.resume();
  }

  pauseUpstream(): void {
    this.#upstream.pause();
  }

  resumeUpstream(): void {
    if (!this.#client.writableNeedDrain) this.#upstream.resume();
  }

  /** Ends both sides with close frames of our own. */
  close(code: number, reason: string): void {
    this.#closeWith(closePayload(code, reason), closePayload(code, reason), code);
  }

  #closeWith(down: Buffer, up: Buffer, code: number): void {
    if (this.#closed) return;
    this.#upstream.end(encodeFrame(OPCODE.close, up, true));
    this.#toClient.close(down);
    this.#finish("us", code);
  }

  #listen(socket: Duplex, reader: WsReader, side: "client" | "upstream"): void {
    socket.on("data", (chunk: Buffer) => this.#read(reader, chunk, side));
    socket.on("drain", () => {
      this.resumeUpstream();
      if (side === "upstream") this.resumeClient();
    });
    let failure: Error | undefined;
    socket.on("error", (error) => {
      failure = error;
    });
    const gone = (): void => (side === "client" ? this.#clientGone() : this.#upstreamGone(failure));
    socket.on("end", gone);
    socket.on("close", gone);
  }

  #read(reader: WsReader, chunk: Buffer, side: "client" | "upstream"): void {
    if (this.#leaving && side === "upstream") return;
    // A close of ours may still wait for the end of the frame that upstream is in.
    if (this.#closed && (side === "client" || !this.#toClient.waiting)) return;
    try {
      reader.push(chunk);
    } catch (error) {
      if (this.#closed) this.#toClient.cut();
      this.#broken(side, toCodexPlusError(error));
    }
  }

  #writeUp(bytes: Buffer): void {
    if (this.#upstream.writable && !this.#upstream.write(bytes)) this.#client.pause();
  }

  #upstreamMessage(message: WsMessage): void {
    if (this.#closed) return;
    const deflate = this.#deflate;
    if (deflate === undefined) {
      this.#events.fromUpstream(message);
      return;
    }
    const { length } = message.payload;
    this.#downHeld += length;
    if (this.#downHeld > MOST_HELD) this.#upstream.pause();
    this.#down = this.#down
      .then(() => (message.deflated ? deflate.inflate(message.payload) : message.payload))
      .then((payload) => {
        this.#downHeld -= length;
        if (this.#downHeld === 0) this.resumeUpstream();
        if (!this.#closed) this.#events.fromUpstream({ ...message, payload, deflated: false });
      })
      .catch((error: unknown) => this.#broken("upstream", toCodexPlusError(error, "CP_WEBSOCKET_PROTOCOL")));
  }

  #clientControl(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping && !this.#toClient.control(OPCODE.pong, payload) && !this.#client.isPaused()) {
      // Who does not read what we answer is not listened to either.
      this.#client.pause();
      void this.clientDrained().then(() => this.resumeClient());
    }
    if (opcode !== OPCODE.close) return;
    this.#toClient.close(payload);
    this.#inOrder("up", () => this.#upstream.end(encodeFrame(OPCODE.close, payload, true)));
    this.#finish("client", readClose(payload).code);
  }

  #upstreamControl(opcode: number, payload: Buffer): void {
    if (this.#closed) return;
    if (opcode === OPCODE.ping && !this.#upstream.write(encodeFrame(OPCODE.pong, payload, true)))
      this.#upstream.pause();
    if (opcode !== OPCODE.close) return;
    this.#inOrder("down", () => {
      this.#upstream.end(encodeFrame(OPCODE.close, payload, true));
      this.#leave(undefined, () => {
        this.#toClient.close(payload);
        this.#finish("upstream", readClose(payload).code);
      });
    });
  }

  /** Behind the messages that are still being (de)compressed. */
  #inOrder(direction: "up" | "down", act: () => void): void {
    if (this.#deflate === undefined) act();
    else if (direction === "up") this.#up = this.#up.then(act);
    else this.#down = this.#down.then(act);
  }

  #clientGone(): void {
    if (this.#closed) return;
    this.#upstream.destroy();
    this.#client.destroy();
    this.#finish("client", ABNORMAL);
  }

  #upstreamGone(failure: Error | undefined): void {
    this.#inOrder("down", () => {
      const reason = failure === undefined ? "without a close frame" : `(${failure.message})`;
      const error = toCodexPlusError(new Error(`the upstream closed the WebSocket ${reason}`), "CP_UPSTREAM_CUT");
      this.#upstream.destroy();
      this.#leave(error, () => {
        this.#toClient.close(closePayload(LOST, "upstream connection lost"));
        this.#finish("upstream", ABNORMAL);
      });
    });
  }

  /** Once: tells of upstream's leaving, and then closes the client. */
  #leave(error: CodexPlusError | undefined, close: () => void): void {
    if (this.#closed || this.#leaving) return;
    this.#leaving = true;
    this.#toClient.cut();
    const told = this.#events.upstreamGone(error);
    if (told === undefined) close();
    else void told.then(() => this.#closed || close());
  }

  /** A peer broke the rules (or we did): it is told by close code, the other side as a loss. */
  #broken(side: "client" | "upstream", error: CodexPlusError): void {
    const code = CLOSE_CODES[error.code] ?? LOST;
    const blamed = closePayload(code, error.message);
    if (side === "client") this.#closeWith(blamed, closePayload(LOST, "client connection lost"), code);
    else this.#leave(error, () => this.#closeWith(closePayload(LOST, "upstream connection lost"), blamed, code));
  }

  #finish(by: "client" | "upstream" | "us", code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    // What the client said before its close is still on its way.
    void Promise.all([this.#up, this.#down]).then(() => this.#deflate?.close());
    this.#upstream.on("close", () => this.#toClient.cut());
    linger(this.#client, STALL_MS.client);
    linger(this.#upstream, STALL_MS.upstream);
    this.#events.closed(by, code);
  }
}
