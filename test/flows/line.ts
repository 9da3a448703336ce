/** A bare TCP connection, written and read by hand: what a client or an upstream does, byte by byte. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import type { TestContext } from "node:test";

export class Line {
  readonly socket: Socket;
  /** When the other side has ended, reset or closed. */
  readonly gone: Promise<void>;
  #isGone = false;
  #received = Buffer.alloc(0);
  #pieces: Buffer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    this.gone = new Promise((resolve) => {
      const left = (): void => {
        this.#isGone = true;
        resolve();
      };
      socket
        .on("error", () => undefined)
        .on("end", left)
        .on("close", left);
    });
    socket.on("data", (bytes: Buffer) => this.#pieces.push(bytes));
  }

  send(bytes: string | Buffer): this {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    return this;
  }

  /** All bytes up to and including a mark, as latin1. */
  async through(mark: string): Promise<string> {
    while (!this.#all().includes(mark)) await this.#more();
    return (await this.bytes(this.#received.indexOf(mark) + mark.length)).toString("latin1");
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.#size < count) await this.#more();
    const taken = this.#all().subarray(0, count);
    this.#received = this.#received.subarray(count);
    return taken;
  }

  /** Everything until the other side has gone. */
  async rest(): Promise<Buffer> {
    await this.gone;
    return this.bytes(this.#size);
  }

  /** What has been received and not taken. */
  get pending(): Buffer {
    return this.#all();
  }

  end(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  get #size(): number {
    return this.#pieces.reduce((sum, piece) => sum + piece.length, this.#received.length);
  }

  #all(): Buffer {
    if (this.#pieces.length > 0) {
      this.#received = Buffer.concat([this.#received, ...this.#pieces]);
      this.#pieces = [];
    }
    return this.#received;
  }

  async #more(): Promise<void> {
    const before = this.#pieces.length;
    if (this.#isGone)
      assert.fail(`the other side has gone; it had sent ${JSON.stringify(this.#all().toString("latin1"))}`);
    await Promise.race([once(this.socket, "data"), this.gone]);
    if (this.#pieces.length === before && this.#isGone) await this.#more();
  }
}

export async function connect(t: TestContext, port: number): Promise<Line> {
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return new Line(socket);
}

export interface Ear {
  readonly port: number;
  readonly url: string;
  /** The next connection, in the order they came. */
  line(): Promise<Line>;
  /** Every connection so far. */
  readonly lines: readonly Line[];
}

/** A listening port whose connections the test plays. */
export async function ear(t: TestContext): Promise<Ear> {
  const lines: Line[] = [];
  let taken = 0;
  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    lines.push(new Line(socket));
    server.emit("line");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const line of lines) line.close();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    lines,
    async line() {
      const mine = taken++;
      while (lines.length <= mine) await once(server, "line");
      return lines[mine] as Line;
    },
  };
}
