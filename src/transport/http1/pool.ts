/** Connections that wait for their next request, by origin, the one used last first: it is the least likely to be stale. */
import type { Connection, ConnectionUser } from "./connection.ts";

/** While a connection waits here the pool is its user, and whatever happens to it makes it useless. */
export class Pool implements ConnectionUser {
  readonly #idle = new Map<string, Connection[]>();
  readonly #idleMs: number;
  readonly #idleMax: number;
  #closed = false;

  /** @param idleMs how long a connection may wait, in milliseconds  @param idleMax most waiting ones for one origin */
  constructor(idleMs: number, idleMax: number) {
    this.#idleMs = idleMs;
    this.#idleMax = idleMax;
  }

  /** A waiting connection, which is then the caller's, or undefined. */
  take(origin: string): Connection | undefined {
    const connection = this.#idle.get(origin)?.pop();
    if (connection === undefined) return undefined;
    clearTimeout(connection.idleTimer);
    connection.socket.ref();
    return connection;
  }

  /** Keeps a connection whose response has been read to its end. */
  put(connection: Connection): void {
    if (this.#closed || !connection.socket.writable) {
      connection.destroy();
      return;
    }
    connection.user = this;
    connection.reused = true;
    connection.socket.resume();
    connection.socket.unref();
    connection.idleTimer = setTimeout(() => this.#drop(connection), this.#idleMs).unref();
    const waiting = this.#idle.get(connection.origin) ?? [];
    this.#idle.set(connection.origin, waiting);
    waiting.push(connection);
    if (waiting.length > this.#idleMax) this.#drop(waiting[0] ?? connection);
  }

  /** Closes all that wait, and from now on whatever comes back. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#idle.values()) for (const connection of [...waiting]) this.#drop(connection);
  }

  /** Bytes that nobody asked for: a 408, or the rest of a response we thought complete. Never for the next request. */
  onBytes(connection: Connection): void {
    this.#drop(connection);
  }

  onEnd(connection: Connection): void {
    this.#drop(connection);
  }

  onClose(connection: Connection): void {
    this.#drop(connection);
  }

  onDrain(): void {}

  #drop(connection: Connection): void {
    clearTimeout(connection.idleTimer);
    const waiting = this.#idle.get(connection.origin);
    const at = waiting?.indexOf(connection) ?? -1;
    if (at >= 0) waiting?.splice(at, 1);
    if (waiting?.length === 0) this.#idle.delete(connection.origin);
    connection.destroy();
  }
}
