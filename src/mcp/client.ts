/** What we are to a server: the SDK's client, and our answers to what servers ask. */
import { pathToFileURL } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ErrorCode,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  McpError,
  PromptListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
  type Result,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { VERSION } from "../lib/version.ts";
import type { Logger } from "../log.ts";
import type { Server } from "./mcp.ts";
import type { Underway } from "./underway.ts";

export interface ClientOptions {
  readonly server: Server;
  readonly underway: Underway;
  readonly log: Logger;
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
  /** Something that it offers has changed. */
  readonly changed: () => void;
  /** A resource that was subscribed to has changed. */
  readonly updated: (uri: string) => void;
}

/** Most characters of one message of a server's in our log. */
const MOST_LOGGED = 1000;

/** Not connected yet. What a server asks of a person or a model is answered by whoever has a call under way there. */
export function createClient({ server, underway, log, mask, changed, updated }: ClientOptions): Client {
  const client = new Client(
    { name: "codex-plus", title: "Codex-Plus", version: VERSION },
    { capabilities: { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} } },
  );
  const asked = async (method: string, params: Record<string, unknown>): Promise<Result | undefined> =>
    underway.answering()?.({ method, params });
  // Nobody has said no: nobody could be asked.
  client.setRequestHandler(
    ElicitRequestSchema,
    async ({ method, params }) => (await asked(method, params)) ?? { action: "cancel" },
  );
  client.setRequestHandler(CreateMessageRequestSchema, async ({ method, params }) => {
    const answer = await asked(method, params);
    if (answer !== undefined) return answer;
    throw new McpError(ErrorCode.InvalidRequest, "Nobody who could answer this has a call under way here");
  });
  client.setRequestHandler(ListRootsRequestSchema, () => ({
    roots: [{ uri: pathToFileURL(server.project).href, name: "project" }],
  }));
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
    const text = typeof params.data === "string" ? params.data : (JSON.stringify(params.data) ?? "");
    const said = mask(text).slice(0, MOST_LOGGED);
    log.debug({ server: server.key, level: params.level, text: said }, "an MCP server says");
    underway.logged(params);
  });
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => updated(params.uri));
  for (const schema of [
    ToolListChangedNotificationSchema,
    PromptListChangedNotificationSchema,
    ResourceListChangedNotificationSchema,
  ]) {
    client.setNotificationHandler(schema, changed);
  }
  return client;
}
