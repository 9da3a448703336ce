/** One WebSocket frame (RFC 6455 5.2): its head read, its payload masked, a whole one written, and what a close says. */
import { randomBytes } from "node:crypto";
import { CodexPlusError } from "../errors.ts";

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Longest payload of a control frame, in bytes. */
export const MAX_CONTROL = 125;

export interface FrameHead {
  readonly fin: boolean;
  readonly deflated: boolean;
  readonly opcode: number;
  readonly mask: number;
  readonly headLength: number;
  readonly length: number;
}

/** The head of the frame at `at`, or undefined until it is whole. @throws CodexPlusError for reserved bits */
export function readHead(bytes: Buffer, at: number): FrameHead | undefined {
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

export function broken(what: string): never {
  throw new CodexPlusError("CP_WEBSOCKET_PROTOCOL", `the WebSocket peer sent ${what}`);
}

/** A copy, unmasked. @param key the four bytes of the mask as one big-endian number */
export function unmask(payload: Buffer, key: number): Buffer {
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
export function isClose(payload: Buffer): boolean {
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
