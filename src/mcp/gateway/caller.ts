/** Who calls through the gateway: what Codex and other clients tell in a request's `_meta`, and the ways back to them. */
import type { Server as SdkServer } from "@modelcontextprotocol/sdk/server/index.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import {
  type ClientCapabilities,
  type LoggingMessageNotification,
  ResultSchema,
  type ServerNotification,
  type ServerRequest,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import type { Caller } from "../mcp.ts";
import { notOffered } from "./refusal.ts";

export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** As Codex sends it (0.169); whatever of it is missing or of another shape is not known. */
const told = z.looseObject({
  threadId: z.string().optional().catch(undefined),
  sessionId: z.string().optional().catch(undefined),
  callId: z.string().optional().catch(undefined),
  "x-codex-turn-metadata": z
    .looseObject({ turn_id: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

export interface CallerOptions {
  readonly project: string;
  readonly sdk: SdkServer;
  /** How long a client may take to answer what a server asks of it, in ms. */
  readonly answerMs: number;
  /** Whether the client wants to hear of logs of this level. */
  readonly hears: (level: LoggingMessageNotification["params"]["level"]) => boolean;
}

export function callerOf(extra: Extra, { project, sdk, answerMs, hears }: CallerOptions): Caller {
  const { threadId, sessionId, callId, "x-codex-turn-metadata": turn } = told.parse(extra._meta ?? {});
  const token = extra._meta?.progressToken;
  // The client may be gone; what it would have been told is then told to nobody.
  const tell = (notification: ServerNotification) => void extra.sendNotification(notification).catch(() => undefined);
  return {
    project,
    thread: threadId,
    session: sessionId === threadId ? undefined : sessionId,
    turn: turn?.turn_id,
    call: callId,
    client: sdk.getClientVersion()?.name ?? "unknown",
    signal: extra.signal,
    progress:
      token === undefined
        ? undefined
        : (progress) => tell({ method: "notifications/progress", params: { ...progress, progressToken: token } }),
    logged: (params) => {
      if (hears(params.level)) tell({ method: "notifications/message", params });
    },
    asked: async ({ method, params }) => {
      if (!answers(sdk.getClientCapabilities() ?? {}, method, params)) {
        throw notOffered(`the client of this call does not answer ${method}`);
      }
      // As it is: the SDK's types list what a server may ask, and `answers` has checked that this is among it.
      const request = { method, params } as ServerRequest;
      return extra.sendRequest(request, ResultSchema, { timeout: answerMs, signal: extra.signal });
    },
  };
}

/** Whether a client has said that it answers such a question (MCP 2025-11-25: elicitation without modes is by form). */
function answers(able: ClientCapabilities, method: string, params: Readonly<Record<string, unknown>> = {}): boolean {
  const { elicitation, sampling, roots } = able;
  if (method === "elicitation/create") {
    return params.mode === "url" ? elicitation?.url !== undefined : elicitation !== undefined;
  }
  if (method === "sampling/createMessage") {
    return params.tools === undefined ? sampling !== undefined : sampling?.tools !== undefined;
  }
  return method === "roots/list" && roots !== undefined;
}
