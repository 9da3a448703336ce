/** The frames of a turn on their way to an HTTP client. */
import type { ServerResponse } from "node:http";

const CRLF = Buffer.from("\r\n");

/**
 * All frames of one tick leave as one chunk, in one write. A chunk is framed here and goes straight to the socket:
 * `ServerResponse.write` makes four buffers of each piece, which is most of the work of a saturated stream.
 */
export class FrameWriter {
  readonly #response: ServerResponse;
  #waiting: Buffer[] = [];

  /** @param response whose head has been flushed */
  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** False asks to wait for `drained`. */
  write(raw: Buffer): boolean {
    this.#waiting.push(raw);
    if (this.#waiting.length === 1) process.nextTick(() => this.#flush());
    return !this.#response.socket?.writableNeedDrain;
  }

  /** Settles when the client takes more, or has left. */
  drained(): Promise<void> {
    const { socket } = this.#response;
    if (!socket?.writableNeedDrain || socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = (): void => {
        socket.off("drain", settle).off("close", settle);
        resolve();
      };
      socket.on("drain", settle).on("close", settle);
    });
  }

  end(): void {
    this.#flush();
    this.#response.end();
  }

  #flush(): void {
    const frames = this.#waiting;
    const { socket, chunkedEncoding, destroyed } = this.#response;
    if (frames.length === 0) return;
    this.#waiting = [];
    if (destroyed) return;
    if (!chunkedEncoding || socket === null) {
      // HTTP/1.0: the body ends with the connection.
      this.#response.write(Buffer.concat(frames));
      return;
    }
    const size = frames.reduce((sum, frame) => sum + frame.length, 0);
    // An empty chunk would be the last one.
    if (size > 0) socket.write(Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`, "latin1"), ...frames, CRLF]));
  }
}
