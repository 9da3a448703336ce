/**
 * The way down to a WebSocket client: upstream's bytes as they come, and frames of our own. Control frames may stand only
 * between two of upstream's frames (RFC 6455 5.4) and wait until then. Messages may stand only between two messages; as
 * whoever has some to send lets upstream's be gathered whole, they find the way free or upstream gone.
 */
import type { Duplex } from "node:stream";
import type { WsReader } from "../protocol/ws.ts";
import { encodeFrame, OPCODE } from "../protocol/ws-frame.ts";

/** Control frames that may wait for the end of a frame. */
const MOST_CONTROLS = 64;

export class Down {
  readonly #client: Duplex;
  readonly #upstream: WsReader;
  #controls: Buffer[] = [];
  #close: Buffer | undefined;
  #cut = false;
  #drained: PromiseWithResolvers<void> | undefined;

  /** @param upstream reads what is relayed, and so knows where it has come to */
  constructor(client: Duplex, upstream: WsReader) {
    this.#client = client;
    this.#upstream = upstream;
    const settle = (): void => this.#settle();
    client.on("drain", settle).on("close", settle);
  }

  /** Whether something of ours waits for the end of what upstream has begun to say. */
  get waiting(): boolean {
    return this.#controls.length > 0 || this.#close !== undefined;
  }

  /** Bytes of upstream. False when the client takes no more for now: its `drain` follows. */
  relay(bytes: Buffer): boolean {
    if (!this.#client.writable) return true;
    const more = this.#client.write(bytes);
    if (this.waiting) this.#flush();
    return more;
  }

  /** A message of ours; dropped where upstream was cut within one. False asks to wait for `drained`. */
  message(payload: Buffer, opcode: number): boolean {
    if (this.#client.writable && this.#upstream.cutOff === "nothing")
      this.#client.write(encodeFrame(opcode, payload, false));
    return this.#free;
  }

  /** A ping or pong of ours. False, as soon as many wait, asks to wait for `drained`. */
  control(opcode: number, payload: Buffer): boolean {
    this.#controls.push(encodeFrame(opcode, payload, false));
    return this.#flush() || (this.#controls.length < MOST_CONTROLS && !this.#client.writableNeedDrain);
  }

  /** Our last frame. Behind it the client's socket is ended. */
  close(payload: Buffer): void {
    this.#close ??= encodeFrame(OPCODE.close, payload, false);
    this.#flush();
  }

  /** Upstream says nothing more. What waits for an end that will not come is dropped, a close frame with its socket. */
  cut(): void {
    this.#cut = true;
    this.#flush();
  }

  /** Settles when all of ours has gone and the client takes more, or has left. */
  drained(): Promise<void> {
    if (this.#free) return Promise.resolve();
    this.#drained ??= Promise.withResolvers<void>();
    return this.#drained.promise;
  }

  get #free(): boolean {
    return !this.#client.writable || !(this.waiting || this.#client.writableNeedDrain);
  }

  #flush(): boolean {
    const client = this.#client;
    const { cutOff } = this.#upstream;
    // Inside a frame that was cut a close frame would be read as its payload.
    if (this.#cut && cutOff === "frame" && this.#close !== undefined) client.destroy();
    if (client.writable && cutOff !== "frame") {
      for (const frame of this.#controls.splice(0)) client.write(frame);
      if (this.#close !== undefined) client.end(this.#close);
    }
    if (this.#cut || !client.writable) {
      this.#controls = [];
      this.#close = undefined;
    }
    this.#upstream.byFrame = this.waiting;
    this.#settle();
    return this.#free;
  }

  #settle(): void {
    if (!this.#free) return;
    this.#drained?.resolve();
    this.#drained = undefined;
  }
}
