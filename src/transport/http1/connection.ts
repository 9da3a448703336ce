/** One socket to an upstream. Its listeners are attached once, for life, and speak to whoever uses it now. */
import type { Socket } from "node:net";

/** Who uses a connection: an exchange, an upgrade, or the pool while it is idle. */
export interface ConnectionUser {
  onBytes(connection: Connection, bytes: Buffer): void;
  /** The socket takes more. */
  onDrain(connection: Connection): void;
  /** The peer has ended its side; nothing more will come. */
  onEnd(connection: Connection): void;
  /** The socket is closed, with the error that closed it if there was one. */
  onClose(connection: Connection, error: Error | undefined): void;
}

export class Connection {
  readonly socket: Socket;
  /** The origin it leads to, which is where the pool keeps it. */
  readonly origin: string;
  /** True once a response has been read from it: only then may it have gone stale while it waited. */
  reused = false;
  user: ConnectionUser | undefined;
  /** The pool's: when it has waited long enough. */
  idleTimer: NodeJS.Timeout | undefined;
  readonly #leave: () => void;

  constructor(socket: Socket, origin: string, user: ConnectionUser) {
    this.socket = socket;
    this.origin = origin;
    this.user = user;
    let failure: Error | undefined;
    const onData = (bytes: Buffer) => this.user?.onBytes(this, bytes);
    const onDrain = () => this.user?.onDrain(this);
    const onEnd = () => this.user?.onEnd(this);
    const onError = (error: Error) => {
      failure = error;
    };
    const onClose = () => this.user?.onClose(this, failure);
    socket.on("error", onError).on("close", onClose).on("end", onEnd).on("drain", onDrain).on("data", onData);
    // It may have died between the connector's hands and ours; then no event would ever say so.
    if (socket.closed) process.nextTick(onClose);
    this.#leave = () => {
      socket.off("error", onError).off("close", onClose).off("end", onEnd).off("drain", onDrain).off("data", onData);
    };
  }

  /** Closes at once; the user hears nothing more. */
  destroy(): void {
    this.user = undefined;
    this.socket.destroy();
  }

  /** Gives the socket away, paused and without any listener of ours. */
  surrender(): Socket {
    this.user = undefined;
    this.socket.pause();
    this.#leave();
    return this.socket;
  }
}
