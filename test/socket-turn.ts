/** One turn on a client's WebSocket: a message up, and its events until the one that ends it. */
import type { WebSocket } from "ws";
import type { WireEvent } from "../src/testing/events.ts";

const LAST = /^(response\.(completed|failed|incomplete)|error)$/;

/** @param take gets each event as it comes. @throws Error when the socket is closed before the last */
export async function socketTurn(socket: WebSocket, message: object, take: (event: WireEvent) => void): Promise<void> {
  const over = new Promise<void>((resolve, reject) => {
    const closed = () => reject(new Error("the WebSocket was closed in the middle of a reply"));
    const hear = (data: Buffer) => {
      const event: WireEvent = JSON.parse(data.toString());
      take(event);
      if (!LAST.test(event.type)) return;
      socket.off("message", hear).off("close", closed);
      resolve();
    };
    socket.on("message", hear).on("close", closed);
  });
  socket.send(JSON.stringify(message));
  await over;
}
