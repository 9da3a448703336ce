/**
 * WebSocket framing (RFC 6455), pure. One reader for two ways of relaying: "relay" hands data frames on as the bytes they
 * came in, with only their borders tracked (what a stream of many small events costs least); "messages" gathers each
 * message whole. The mode may be changed at any time and takes effect at the next message's first byte.
 */
import { randomBytes } from "node:crypto";
import { CodexPlusError } from "../errors.ts";

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

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
const MAX_CONTROL = 125;
const EMPTY = Buffer.alloc(0);

interface FrameHead {
  readonly fin: boolean;
  readonly deflated: boolean;
  readonly opcode: number;
  readonly mask: number;
  readonly headLength: number;
  readonly length: number;
}

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

/** The head of the frame at `at`, or undefined until it is whole. @throws CodexPlusError for reserved bits */
function readHead(bytes: Buffer, at: number): FrameHead | undefined {
  const left = bytes.length - at;
  if (left < 2) return undefined;
  const first = bytes[at] as number;
  const second = bytes[at + 1] as number;
  if ((first & 0x30) !== 0) broken("a reserved bit");
  const mask = second >> 7;
  const short = second & 0x7f;
  const extra = short < 126 ? 0 : short === 126 ? 2 : 8;
  const headLength = 2 + extra + mask * 4;
  if (left < headLength) return undefined;
  let length = short;
  if (extra === 2) length = bytes.readUInt16BE(at + 2);
  else if (extra === 8) {
    const high = bytes.readUInt32BE(at + 2);
    if (high > 0x1fffff) broken("a frame longer than 2^53 bytes");
    length = high * 2 ** 32 + bytes.readUInt32BE(at + 6);
  }
  return { fin: first >= 0x80, deflated: (first & 0x40) !== 0, opcode: first & 0x0f, mask, headLength, length };
}

function broken(what: string): never {
  throw new CodexPlusError("CP_WEBSOCKET_PROTOCOL", `the WebSocket peer sent ${what}`);
}

function whole(parts: readonly Buffer[]): Buffer {
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}

/** A copy, unmasked. @param key the four bytes of the mask as one big-endian number */
function unmask(payload: Buffer, key: number): Buffer {
  return key === 0 ? payload : masked(payload, key);
}

/** Four bytes at a time; the memory is its own so that it begins on a word's border. */
function masked(payload: Buffer, key: number): Buffer {
  const out = Buffer.allocUnsafeSlow(payload.length);
  out.set(payload);
  const mask = Buffer.allocUnsafeSlow(4);
  mask.writeUInt32BE(key >>> 0);
  const [word = 0] = new Uint32Array(mask.buffer);
  const words = new Uint32Array(out.buffer, 0, payload.length >>> 2);
  for (let i = 0; i < words.length; i++) words[i] = (words[i] as number) ^ word;
  for (let i = words.length * 4; i < out.length; i++) out[i] = (out[i] as number) ^ (mask[i & 3] as number);
  return out;
}

/**
 * One whole, final frame.
 * @param toServer masks it, as a client must (RFC 6455 5.3)
 * @param deflated sets RSV1: the payload is deflated (RFC 7692)
 */
export function encodeFrame(opcode: number, payload: Buffer, toServer: boolean, deflated = false): Buffer {
  const { length } = payload;
  const extra = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = Buffer.allocUnsafe(2 + extra + (toServer ? 4 : 0));
  head[0] = 0x80 | (deflated ? 0x40 : 0) | opcode;
  head[1] = (toServer ? 0x80 : 0) | (extra === 0 ? length : extra === 2 ? 126 : 127);
  if (extra === 2) head.writeUInt16BE(length, 2);
  else if (extra === 8) head.writeBigUInt64BE(BigInt(length), 2);
  if (!toServer) return Buffer.concat([head, payload]);
  const key = randomBytes(4);
  key.copy(head, 2 + extra);
  return Buffer.concat([head, masked(payload, key.readUInt32BE(0))]);
}

/** The payload of a close frame. @param reason at most 123 bytes of it are sent */
export function closePayload(code: number, reason: string): Buffer {
  let text = Buffer.from(reason);
  if (text.length > MAX_CONTROL - 2) {
    // A character cut in two would break the peer's reading of the frame.
    let end = MAX_CONTROL - 2;
    while (((text[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    text = text.subarray(0, end);
  }
  const payload = Buffer.allocUnsafe(2 + text.length);
  payload.writeUInt16BE(code, 0);
  text.copy(payload, 2);
  return payload;
}

/** No code, or one that may stand in a frame (RFC 6455 7.4): 1005, 1006 and their like only name what never was sent. */
function isClose(payload: Buffer): boolean {
  if (payload.length === 0) return true;
  if (payload.length === 1) return false;
  const code = payload.readUInt16BE(0);
  return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
}

/** What a close frame says; 1005 where it says nothing (RFC 6455 7.1.5). */
export function readClose(payload: Buffer): { code: number; reason: string } {
  if (payload.length < 2) return { code: 1005, reason: "" };
  return { code: payload.readUInt16BE(0), reason: payload.toString("utf8", 2) };
}
