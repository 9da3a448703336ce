/** Answers of our own, in the shape that the client reads. */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { RawHeaders } from "../contracts.ts";
import type { CodexPlusError } from "../errors.ts";
import { failureBody } from "../protocol/failure.ts";
import { endToEnd, without } from "../protocol/headers.ts";
import type { Tap } from "../turn.ts";

/** How long a refused client may take to close its side, in ms. */
const LINGER_MS = 2000;

/** An error instead of a response, as long as none has begun. */
export function sendError(response: ServerResponse, error: CodexPlusError, requestId: string, tap?: Tap): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = failureBody(error, requestId);
  const headers = [
    ...["content-type", "application/json"],
    ...["content-length", `${body.length}`],
    ...["x-request-id", requestId],
  ];
  response.writeHead(error.row.status, headers);
  tap?.answered(error.row.status, headers);
  tap?.bytes(body);
  // The rest of an unread body is read and dropped: closing on a client that still sends would lose it the answer.
  response.req.resume();
  response.end(response.req.method === "HEAD" ? undefined : body);
}

/** A whole HTTP/1.1 response on a bare socket (a refused upgrade, a request that was no HTTP), which is then closed. */
export function sendRaw(socket: Duplex, status: number, reason: string, headers: RawHeaders, body: Buffer): void {
  const kept = without(endToEnd(headers), "content-length");
  let head = `HTTP/1.1 ${status} ${reason || (STATUS_CODES[status] ?? "")}\r\n`;
  for (let i = 0; i < kept.length; i += 2) head += `${kept[i]}: ${kept[i + 1]}\r\n`;
  head += `content-length: ${body.length}\r\nconnection: close\r\n\r\n`;
  // Node hands such sockets over without a listener of its own: a client that resets one would end the process.
  socket.on("error", ignore);
  socket.end(Buffer.concat([Buffer.from(head, "latin1"), body]));
  // What the client still sends is read, since closing on it could lose it the answer; but not for ever.
  const late = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.on("close", () => clearTimeout(late)).resume();
}

/** An error on a bare socket. @param status where another than the error's own is better understood */
export function sendRawError(
  socket: Duplex,
  error: CodexPlusError,
  requestId: string,
  status: number = error.row.status,
): void {
  const headers = ["content-type", "application/json", "x-request-id", requestId];
  sendRaw(socket, status, "", headers, failureBody(error, requestId));
}

function ignore(): void {
  // The close that follows is what counts.
}
