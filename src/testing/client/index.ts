/** A small Responses client that talks like Codex on either wire: for the demo and for tests of proxies. */
import type { Item } from "../events.ts";
import type { Client, ClientOptions } from "./client.ts";
import { openSse } from "./sse.ts";
import { openWebSocket } from "./websocket.ts";

export type { Client, ClientOptions, Exchanged } from "./client.ts";

/** @throws Error when a WebSocket could not be opened */
export async function openClient(wire: Client["wire"], options: ClientOptions): Promise<Client> {
  return wire === "sse" ? openSse(options) : openWebSocket(options);
}

/** A person's message. */
export function said(text: string): Item {
  return { type: "message", role: "user", content: [{ type: "input_text", text }] };
}

/** The output of a function call. */
export function output(callId: string, text: string): Item {
  return { type: "function_call_output", call_id: callId, output: text };
}
