/** The WebSocket wire: one socket, its last response, and one reply at a time. */
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { ev, type Item, type WireEvent } from "../events.ts";
import { isRecord } from "./ask.ts";
import type { Backend, Json } from "./backend.ts";
import type { Chain } from "./history.ts";
import { bodyBytes, flatHeaders, written } from "./http.ts";
import { type Channel, play } from "./play.ts";
import type { SeenRequest } from "./record.ts";
import type { Answer, Ask, Step } from "./script.ts";
import { usualEvents } from "./usual.ts";

/** Serves one WebSocket until it closes. */
export function serveSocket(backend: Backend, request: SeenRequest, websocket: WebSocket, socket: Socket): void {
  const { connection } = request;
  const { record } = backend;
  const left = new AbortController();
  let chain: Chain | undefined;
  let running: { id: string; readonly interrupt: AbortController } | undefined;
  let busy = false;

  websocket.on("close", (code, reason) => {
    left.abort();
    record.moment({ connection, what: "close-frame", code, reason: reason.toString() });
  });
  // A broken peer is what tests provoke; the close that follows tells the story.
  websocket.on("error", () => left.abort());
  websocket.on("message", (data, binary) => {
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(data instanceof ArrayBuffer ? [Buffer.from(data)] : data);
    const message = binary ? undefined : parse(bytes);
    if (message?.type === "response.create") return void create(bytes, message);
    record.messages.push({ connection, binary, bytes });
    if (message?.type === "response.interrupt" && message.response_id === running?.id) {
      running?.interrupt.abort();
    }
    if (message === undefined) refuse(`ws: ${binary ? "a binary message" : "a message that is no JSON object"}`);
    record.changed();
  });

  function refuse(text: string): void {
    record.violation(text);
    sendEvent(ev.error(400, { type: "invalid_request_error", code: "invalid_request_error", message: text }));
  }

  function sendEvent(event: WireEvent): void {
    if (websocket.readyState === WebSocket.OPEN) websocket.send(JSON.stringify(event));
  }

  async function create(bytes: Buffer, body: Json): Promise<void> {
    if (busy) return refuse("ws: a second response.create while a response is in flight");
    busy = true;
    const { ask, answer, turn } = await backend.hear(request, "ws", bytes, body, chain);
    chain = undefined;
    const current = { id: ask.id.response, interrupt: new AbortController() };
    running = current;
    const output: Item[] = [];
    const channel = new MessageChannel(websocket, socket, left.signal, (text, event) => {
      backend.sent(turn, text);
      if (!event) return;
      if (event.type === "response.output_item.done") output.push(event.item as Item);
      current.id = responseId(event) ?? current.id;
      if (goesOn(event) && current.id) chain = { id: current.id, items: [...ask.history, ...output] };
      // From here on the client may send its next request.
      if (isTerminal(event)) busy = false;
    });
    const end = await play(frames(backend, ask, answer), channel, current.interrupt.signal);
    if (end === "interrupted") await channel.event(ev.incomplete(current.id, "interrupted"));
    busy = false;
    running = undefined;
    backend.end(turn, end);
  }
}

/** An answer as messages: its steps with the usual ones behind the first, or its failure as an error frame. */
async function* frames(backend: Backend, ask: Ask, answer: Answer): AsyncGenerator<Step> {
  if (!answer.steps) {
    yield errorFrame(answer);
    return;
  }
  let first = true;
  for await (const step of answer.steps) {
    yield step;
    if (first && ask.kind !== "warmup" && "type" in step && step.type === "response.created") {
      yield* usualEvents(ask, backend.limits);
    }
    first = false;
  }
}

function errorFrame(answer: Answer): WireEvent {
  const body = isRecord(answer.body) ? answer.body : { error: { message: bodyBytes(answer.body).toString() } };
  const flat = flatHeaders(answer);
  const headers = Object.fromEntries(
    flat.flatMap((name, index) => (index % 2 === 0 ? [[name, String(flat[index + 1])]] : [])),
  );
  const error = isRecord(body.error) ? body.error : body;
  return ev.error(answer.status ?? 400, error, flat.length > 0 ? headers : undefined);
}

function isTerminal(event: WireEvent): boolean {
  return ["response.completed", "response.failed", "response.incomplete", "error"].includes(event.type);
}

/** Whether the next request may go on from this event's response; a failed one leaves nothing. */
function goesOn({ type }: WireEvent): boolean {
  return type === "response.completed" || type === "response.incomplete";
}

function responseId({ response }: WireEvent): string | undefined {
  return isRecord(response) && typeof response.id === "string" ? response.id : undefined;
}

function parse(bytes: Buffer): Json | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

class MessageChannel implements Channel {
  readonly left: AbortSignal;
  readonly #websocket: WebSocket;
  readonly #socket: Socket;
  readonly #sent: (bytes: Buffer, event?: WireEvent) => void;

  constructor(
    websocket: WebSocket,
    socket: Socket,
    left: AbortSignal,
    sent: (bytes: Buffer, event?: WireEvent) => void,
  ) {
    this.#websocket = websocket;
    this.#socket = socket;
    this.left = left;
    this.#sent = sent;
  }

  async event(event: WireEvent): Promise<void> {
    const text = Buffer.from(JSON.stringify(event));
    this.#sent(text, event);
    await this.#send(text, false);
  }

  async bytes(bytes: Buffer): Promise<void> {
    this.#sent(bytes);
    await this.#send(bytes, false);
  }

  async binary(bytes: Buffer): Promise<void> {
    this.#sent(bytes);
    await this.#send(bytes, true);
  }

  async wire(bytes: Buffer): Promise<void> {
    await written(this.#socket, bytes, this.left);
  }

  ping(): void {
    this.#websocket.ping();
  }

  end(): void {
    this.#websocket.close(1000);
  }

  cut(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  close(code: number, reason: string): void {
    this.#websocket.close(code, reason);
  }

  async #send(bytes: Buffer, binary: boolean): Promise<void> {
    if (this.left.aborted) return;
    // The callback comes when the bytes are handed to the system: that is the backpressure.
    await new Promise<void>((resolve) => this.#websocket.send(bytes, { binary }, () => resolve()));
  }
}
