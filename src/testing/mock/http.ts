/** The HTTP side: every answer that is no WebSocket, the SSE wire among them. */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { WireEvent } from "../events.ts";
import { type Channel, play } from "./play.ts";
import type { TurnEnd } from "./record.ts";
import type { Answer } from "./script.ts";

/**
 * Sends an answer: 1xx, head, body or steps, trailers.
 * @param sent hears every piece of the body, as it leaves
 */
export async function send(
  response: ServerResponse,
  answer: Answer,
  sent: (bytes: Buffer) => void = () => undefined,
): Promise<TurnEnd> {
  const socket = response.socket;
  if (!socket) return "left";
  const left = new AbortController();
  response.once("close", () => left.abort());
  early(response, answer);
  if (!answer.steps) return whole(response, answer, sent);

  const channel = new SseChannel(response, socket, answer, sent, left.signal);
  const end = await play(answer.steps, channel);
  if (end === "completed") channel.end();
  return end;
}

function early(response: ServerResponse, { early = [] }: Answer): void {
  for (const { status, headers = {} } of early) {
    if (status === 100) response.writeContinue();
    else if (status === 102) response.writeProcessing();
    else response.writeEarlyHints({ link: "<early>; rel=hint", ...headers });
  }
}

function whole(response: ServerResponse, answer: Answer, sent: (bytes: Buffer) => void): TurnEnd {
  const bytes = bodyBytes(answer.body);
  const text = typeof answer.body === "string" || Buffer.isBuffer(answer.body);
  const length = answer.trailers ? [] : ["content-length", String(bytes.length)];
  const type = text || answer.body === undefined ? [] : ["content-type", "application/json"];
  writeHead(response, answer, [...type, ...length]);
  sent(bytes);
  if (answer.trailers) response.addTrailers(answer.trailers);
  response.end(bytes);
  return "completed";
}

/** An answer's body as bytes: text and bytes as they are, nothing as nothing, anything else as JSON. */
export function bodyBytes(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

/** The fields of an answer as a flat list, whichever way it gives them. */
export function flatHeaders({ headers = {} }: Answer): string[] {
  return Array.isArray(headers) ? [...headers] : Object.entries(headers).flat();
}

function writeHead(response: ServerResponse, answer: Answer, usual: string[] = []): void {
  const own = flatHeaders(answer);
  const named = new Set(own.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
  const added = usual.flatMap((name, index) =>
    index % 2 === 0 && !named.has(name) ? [name, String(usual[index + 1])] : [],
  );
  const status = answer.status ?? 200;
  const fields = [...own, ...added];
  if (answer.reason === undefined) response.writeHead(status, fields);
  else response.writeHead(status, answer.reason, fields);
}

class SseChannel implements Channel {
  readonly left: AbortSignal;
  readonly #response: ServerResponse;
  readonly #socket: Socket;
  readonly #answer: Answer;
  readonly #sent: (bytes: Buffer) => void;

  constructor(
    response: ServerResponse,
    socket: Socket,
    answer: Answer,
    sent: (bytes: Buffer) => void,
    left: AbortSignal,
  ) {
    this.#response = response;
    this.#socket = socket;
    this.#answer = answer;
    this.#sent = sent;
    this.left = left;
  }

  async event(event: WireEvent): Promise<void> {
    await this.bytes(Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
  }

  async bytes(bytes: Buffer): Promise<void> {
    this.#head();
    this.#sent(bytes);
    await written(this.#response, bytes, this.left);
  }

  async binary(bytes: Buffer): Promise<void> {
    await this.bytes(bytes);
  }

  async wire(bytes: Buffer): Promise<void> {
    this.#sent(bytes);
    await written(this.#socket, bytes, this.left);
  }

  ping(): void {
    this.#head();
    this.#response.write(": ping\n\n");
  }

  end(): void {
    this.#head();
    if (this.#answer.trailers) this.#response.addTrailers(this.#answer.trailers);
    this.#response.end();
  }

  cut(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  close(): void {
    this.end();
  }

  /** The head leaves with the first byte of the body, so that a reply may break before it. */
  #head(): void {
    if (!this.#response.headersSent) writeHead(this.#response, this.#answer);
  }
}

/** Writes, and waits while the reader is behind. */
export async function written(stream: ServerResponse | Socket, bytes: Buffer, left: AbortSignal): Promise<void> {
  if (left.aborted || stream.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      stream.off("drain", done);
      left.removeEventListener("abort", done);
      resolve();
    };
    stream.on("drain", done);
    left.addEventListener("abort", done);
  });
}
