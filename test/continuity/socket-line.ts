/** The whole proxy with its sockets, in front of the embedded backend. */
import { once } from "node:events";
import { WebSocket } from "ws";
import { type App, startApp } from "../../src/app.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import type { WireEvent } from "../../src/testing/events.ts";
import { type Mock, startMock } from "../../src/testing/mock/index.ts";
import { socketTurn } from "../socket-turn.ts";
import type { Thread } from "./client.ts";
import type { Line } from "./line.ts";
import { type Socket, Upstream } from "./upstream.ts";

export interface SocketLine extends Line {
  readonly mock: Mock;
  stop(): Promise<void>;
}

/** A backend that answers as `Upstream` does and refuses by its own rules, on real sockets. */
export async function startBackend(): Promise<{ mock: Mock; upstream: Upstream }> {
  const upstream = new Upstream();
  const mock = await startMock();
  mock.answer(({ body, history }) => upstream.reply(history, body, JSON.stringify(body)).events);
  return { mock, upstream };
}

/** @param home the proxy's own folder, which outlives it */
export async function socketLine(home: string): Promise<SocketLine> {
  const { mock, upstream } = await startBackend();
  const settings = settingsSchema.parse({ server: { port: 0 }, upstream: mock.url, transport: "native" });
  let app: App | undefined;
  const calls = new Calls();
  return {
    mock,
    sights: upstream.sights,
    start: async (stages) => {
      calls.hangUp();
      await app?.stop();
      const environment = { home, codexHome: home };
      app = await startApp({ ...settings, environment }, { log: createLogger("silent"), stages });
    },
    send: async (thread, request) => {
      const before = upstream.sights.length;
      const events = await calls.send(app?.url ?? "", thread, request);
      if (mock.record.violations.length > 0) throw new Error(`upstream refuses: ${mock.record.violations.join()}`);
      return { events, local: upstream.sights.length === before };
    },
    stop: async () => {
      calls.hangUp();
      await app?.stop();
      await mock.stop();
    },
  };
}

/** The client's connections: a WebSocket for each that a thread has, a POST for everything else. */
export class Calls {
  #open = new Map<Socket, WebSocket>();

  async send(url: string, thread: Thread, request: Readonly<Record<string, unknown>>): Promise<WireEvent[]> {
    return thread.habits.wire === "ws" ? this.#message(url, thread.socket, request) : post(url, request);
  }

  hangUp(): void {
    for (const websocket of this.#open.values()) websocket.terminate();
    this.#open.clear();
  }

  async #message(url: string, socket: Socket, request: Readonly<Record<string, unknown>>): Promise<WireEvent[]> {
    const websocket = this.#open.get(socket) ?? (await connect(url));
    this.#open.set(socket, websocket);
    const events: WireEvent[] = [];
    await socketTurn(websocket, request, (event) => events.push(event));
    return events;
  }
}

async function connect(url: string): Promise<WebSocket> {
  const websocket = new WebSocket(`${url.replace("http", "ws")}/responses`, {
    headers: { authorization: "Bearer sk-test", "openai-beta": "responses_websockets=2026-02-06" },
  });
  websocket.on("error", () => undefined);
  await once(websocket, "open");
  return websocket;
}

async function post(url: string, request: Readonly<Record<string, unknown>>): Promise<WireEvent[]> {
  const metadata = (request.client_metadata as Record<string, string>)["x-codex-turn-metadata"] ?? "";
  const response = await fetch(`${url}/responses`, {
    method: "POST",
    headers: {
      authorization: "Bearer sk-test",
      accept: "text/event-stream",
      "content-type": "application/json",
      "x-codex-turn-metadata": metadata,
    },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`refused with ${response.status}: ${text}`);
  return text.split("\n").flatMap((line) => (line.startsWith("data:") ? [JSON.parse(line.slice(5))] : []));
}
