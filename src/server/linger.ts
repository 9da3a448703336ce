/** How long a socket that has been ended is kept for its peer. */
import type { Duplex } from "node:stream";

/** After all has been written, how long the peer gets to close its side, in ms. */
const ANSWER_MS = 2000;

/**
 * Reads and drops what still comes, and destroys the socket once its peer has taken nothing of what is left to be written
 * for so long, or has taken it all and does not close.
 * @param stallMs without progress
 */
export function linger(socket: Duplex, stallMs: number): void {
  let left = socket.writableLength;
  const stalled = setInterval(() => {
    if (socket.writableLength === left) socket.destroy();
    left = socket.writableLength;
  }, stallMs).unref();
  let late: NodeJS.Timeout | undefined;
  const finished = (): void => {
    clearInterval(stalled);
    late = setTimeout(() => socket.destroy(), ANSWER_MS).unref();
  };
  const over = (): void => {
    clearInterval(stalled);
    clearTimeout(late);
  };
  if (socket.writableFinished) finished();
  else socket.once("finish", finished);
  if (socket.closed) over();
  else socket.once("close", over).resume();
}
