/** The WebSocket wire: one socket a conversation, and in each message only what is new. */
import { once } from "node:events";
import { WebSocket } from "ws";
import type { WireEvent } from "../events.ts";
import type { Client, ClientOptions, Exchanged } from "./client.ts";
import { isTerminal, requestFields } from "./request.ts";

/** @throws Error when the upgrade was refused, with its status */
export async function openWebSocket({ baseUrl, key, model, onEvent }: ClientOptions): Promise<Client> {
  const websocket = new WebSocket(`${baseUrl.replace(/^http/, "ws")}/responses`, {
    headers: { authorization: `Bearer ${key}`, "openai-beta": "responses_websockets=2026-02-06" },
  });
  await once(websocket, "open");
  let previous: string | undefined;
  return {
    wire: "ws",
    turn: async (...input) => {
      const link = previous ? { previous_response_id: previous } : {};
      const up = Buffer.from(JSON.stringify({ type: "response.create", ...requestFields(model), ...link, input }));
      const exchanged = await exchange(websocket, up, onEvent);
      previous = (exchanged.events.at(-1)?.response as { id?: string } | undefined)?.id;
      return exchanged;
    },
    close: () => websocket.close(),
  };
}

async function exchange(websocket: WebSocket, up: Buffer, onEvent: ClientOptions["onEvent"]): Promise<Exchanged> {
  const down: Buffer[] = [];
  const events: WireEvent[] = [];
  const start = performance.now();
  let firstEventMs = 0;
  await new Promise<void>((resolve, reject) => {
    const closed = (code: number) => reject(new Error(`the WebSocket was closed (${code}) before the reply had ended`));
    const message = (data: Buffer) => {
      firstEventMs ||= performance.now() - start;
      down.push(data);
      const event: WireEvent = JSON.parse(data.toString());
      events.push(event);
      onEvent?.(event);
      if (!isTerminal(event)) return;
      websocket.off("message", message).off("close", closed);
      resolve();
    };
    websocket.on("message", message).on("close", closed);
    websocket.send(up.toString());
  });
  const last = events.at(-1);
  const status = last?.type === "error" && typeof last.status === "number" ? last.status : 200;
  return { status, events, up, down, firstEventMs, totalMs: performance.now() - start };
}
