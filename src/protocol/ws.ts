/**
 * WebSocket framing (RFC 6455), pure. One reader for two ways of relaying: "relay" hands data frames on as the bytes they
 * came in, with only their borders tracked (what a stream of many small events costs least); "messages" gathers each
 * message whole. The mode may be changed at any time and takes effect at the next message's first byte.
 */
import { CodexPlusError } from "../errors.ts";
import { broken, type FrameHead, isClose, MAX_CONTROL, OPCODE, readHead, unmask } from "./ws-frame.ts";

export type WsMode = "relay" | "messages";

export interface WsMessage {
  readonly opcode: number;
  /** Unmasked; still deflated where `deflated` is true. */
  readonly payload: Buffer;
  readonly deflated: boolean;
  /** The message's frames as they came, masks and all. */
  readonly raw: Buffer;
}

export interface WsEvents {
  /** Mode "messages": a whole message. */
  message(message: WsMessage): void;
  /** Mode "relay": bytes of data frames, never cut within a frame's header. */
  bytes(bytes: Buffer): void;
  /** Mode "relay": a text message has ended whose first bytes are these (at most SNIFF). Its last bytes follow with `bytes`. */
  ended?(start: Buffer): void;
  /** A ping, pong or close, unmasked, wherever it stood. */
  control(opcode: number, payload: Buffer): void;
}

export interface WsReaderOptions {
  /** Whether the peer is a client, whose frames must be masked (RFC 6455 5.1). */
  readonly fromClient: boolean;
  /** Whether permessage-deflate was agreed on with this peer. */
  readonly deflate: boolean;
  /** Longest message in bytes, mode "messages" only. */
  readonly maxMessage: number;
}

/** Enough to see `{"type":"response.completed"`. */
export const SNIFF = 64;
/** Of a message that is gathered: each costs memory of its own, even an empty one. */
const MOST_FRAGMENTS = 65_536;
const EMPTY = Buffer.alloc(0);

/** A message of which a first frame has been seen. */
interface OpenMessage {
  readonly mode: WsMode;
  readonly opcode: number;
  readonly deflated: boolean;
  readonly parts: Buffer[];
  readonly raw: Buffer[];
  size: number;
}

function openMessage(mode: WsMode, { opcode, deflated }: FrameHead): OpenMessage {
  return { mode, opcode, deflated, parts: [], raw: [], size: 0 };
}

export class WsReader {
  mode: WsMode = "relay";
  /** Mode "relay": hand bytes on at every frame's end, so that something can be put between two; else in one piece. */
  byFrame = false;
  readonly #options: WsReaderOptions;
  readonly #events: WsEvents;
  /** A frame that is not complete enough to go on: its pieces, and how many bytes are wanted before another look. */
  #held: Buffer[] = [];
  #heldSize = 0;
  #wanted = 0;
  /** Payload bytes of a relayed frame that are still to come, and whether it is the last of its message. */
  #relaying = 0;
  #relayFin = true;
  #message: OpenMessage | undefined;
  #sniffed: Buffer = EMPTY;

  constructor(options: WsReaderOptions, events: WsEvents) {
    this.#options = options;
    this.#events = events;
  }

  /** What has been relayed only in part: a frame of ours may not be put into a "frame", nor a message into a "message". */
  get cutOff(): "nothing" | "message" | "frame" {
    if (this.#relaying > 0) return "frame";
    return this.#message?.mode === "relay" ? "message" : "nothing";
  }

  /**
   * Takes bytes in any pieces.
   * @throws CodexPlusError CP_WEBSOCKET_PROTOCOL (close 1002), CP_FRAME_TOO_LARGE (close 1009)
   */
  push(chunk: Buffer): void {
    const bytes = this.#join(chunk);
    if (bytes === undefined) return;
    let at = 0;
    /** Where the bytes begin that may go on but have not yet: one write for many frames. */
    let from = 0;
    try {
      while (at < bytes.length) {
        if (this.#relaying === 0) {
          const head = readHead(bytes, at);
          if (head === undefined) break;
          this.#check(head);
          const payload = at + head.headLength;
          if (head.opcode >= OPCODE.close || (this.#message?.mode ?? this.mode) === "messages") {
            const end = payload + head.length;
            if (end > bytes.length) {
              this.#wanted = end - at;
              break;
            }
            this.#flush(bytes, from, at);
            const start = at;
            at = end;
            from = end;
            this.#whole(head, bytes.subarray(start, end), bytes.subarray(payload, end));
            continue;
          }
          this.#message ??= openMessage("relay", head);
          this.#relaying = head.length;
          this.#relayFin = head.fin;
          at = payload;
        }
        const end = Math.min(bytes.length, at + this.#relaying);
        this.#sniff(bytes, at, end);
        this.#relaying -= end - at;
        at = end;
        if (this.#relaying > 0) break;
        this.#frameRelayed();
        if (!this.byFrame) continue;
        this.#flush(bytes, from, at);
        from = at;
      }
    } finally {
      // What stood before a broken frame was whole.
      this.#flush(bytes, from, at);
    }
    if (at < bytes.length) this.#hold(bytes.subarray(at));
  }

  /** The held pieces and this one, once there are enough to go on; a long message is put together only once. */
  #join(chunk: Buffer): Buffer | undefined {
    if (this.#held.length === 0) return chunk;
    this.#hold(chunk);
    if (this.#heldSize < this.#wanted) return undefined;
    const bytes = whole(this.#held);
    this.#held = [];
    this.#heldSize = 0;
    this.#wanted = 0;
    return bytes;
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldSize += bytes.length;
  }

  #flush(bytes: Buffer, from: number, to: number): void {
    if (to > from) this.#events.bytes(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
  }

  #frameRelayed(): void {
    const message = this.#message;
    if (!this.#relayFin || message === undefined) return;
    this.#message = undefined;
    const start = this.#sniffed;
    this.#sniffed = EMPTY;
    if (message.opcode === OPCODE.text && !message.deflated) this.#events.ended?.(start);
  }

  #sniff(bytes: Buffer, from: number, to: number): void {
    if (this.#events.ended === undefined || this.#sniffed.length >= SNIFF) return;
    const part = bytes.subarray(from, Math.min(to, from + SNIFF - this.#sniffed.length));
    this.#sniffed = this.#sniffed.length === 0 ? part : Buffer.concat([this.#sniffed, part]);
  }

  #whole(head: FrameHead, raw: Buffer, payload: Buffer): void {
    const data = this.#options.fromClient ? unmask(payload, raw.readUInt32BE(head.headLength - 4)) : payload;
    if (head.opcode >= OPCODE.close) {
      if (head.opcode === OPCODE.close && !isClose(data)) broken("a malformed close frame");
      this.#events.control(head.opcode, data);
      return;
    }
    this.#message ??= openMessage("messages", head);
    const message = this.#message;
    message.parts.push(data);
    message.raw.push(raw);
    message.size += data.length;
    if (!head.fin) return;
    this.#message = undefined;
    const { opcode, deflated, parts } = message;
    this.#events.message({ opcode, deflated, payload: whole(parts), raw: whole(message.raw) });
  }

  #check(head: FrameHead): void {
    const { opcode } = head;
    if (head.mask !== (this.#options.fromClient ? 1 : 0))
      broken(this.#options.fromClient ? "an unmasked frame" : "a masked frame");
    if (opcode >= OPCODE.close) {
      if (opcode > OPCODE.pong) broken(`the reserved opcode ${opcode}`);
      if (!head.fin || head.length > MAX_CONTROL || head.deflated) broken("a malformed control frame");
      return;
    }
    if (opcode > OPCODE.binary) broken(`the reserved opcode ${opcode}`);
    if ((opcode === OPCODE.continuation) !== (this.#message !== undefined)) broken("a fragment out of order");
    if (head.deflated && (!this.#options.deflate || opcode === OPCODE.continuation)) broken("a reserved bit");
    const size = (this.#message?.size ?? 0) + head.length;
    if ((this.#message?.parts.length ?? 0) >= MOST_FRAGMENTS)
      throw new CodexPlusError("CP_FRAME_TOO_LARGE", `a WebSocket message comes in over ${MOST_FRAGMENTS} fragments`);
    if (size > this.#options.maxMessage && (this.#message?.mode ?? this.mode) === "messages") {
      throw new CodexPlusError(
        "CP_FRAME_TOO_LARGE",
        `a WebSocket message of ${size} bytes is over the limit of ${this.#options.maxMessage}`,
      );
    }
  }
}

function whole(parts: readonly Buffer[]): Buffer {
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}
