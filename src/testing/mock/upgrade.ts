/** Upgrades that are not granted. */
import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { fieldOf } from "./backend.ts";
import { send } from "./http.ts";
import type { Recording, SeenRequest } from "./record.ts";
import { isResponses } from "./routes.ts";
import { type Answer, failure } from "./script.ts";

/** The version of the WebSocket form of the Responses API that Codex asks for. */
const BETA = "responses_websockets=2026-02-06";

/** Why the real backend would not switch, or undefined where it would. */
export function upgradeRefusal(request: SeenRequest, record: Recording): Answer | undefined {
  if (!isResponses(request)) return { status: 404, body: { detail: "Not Found" } };
  if (fieldOf(request, "authorization") === undefined) {
    return failure(401, { type: "invalid_request_error", message: "Missing bearer authentication" });
  }
  const beta = fieldOf(request, "openai-beta")?.split(",") ?? [];
  if (beta.some((name) => name.trim() === BETA)) return undefined;
  record.violation(`ws: an upgrade without openai-beta: ${BETA}`);
  return failure(400, { type: "invalid_request_error", message: `openai-beta must name ${BETA}` });
}

/** Answers an upgrade in plain HTTP, and ends the connection: its parser has gone. */
export async function refuse(message: IncomingMessage, socket: Socket, answer: Answer): Promise<void> {
  const response = new ServerResponse(message);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once("finish", () => socket.end());
  await send(response, answer);
}
