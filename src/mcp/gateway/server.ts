/** One client's MCP server: answers every request of the protocol from the room. */
import { Server as SdkServer } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  type LoggingLevel,
  LoggingLevelSchema,
  ReadResourceRequestSchema,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { AjvJsonSchemaValidator } from "@modelcontextprotocol/sdk/validation/ajv-provider.js";
import { VERSION } from "../../lib/version.ts";
import type { McpRoom } from "../mcp.ts";
import { callerOf, type Extra } from "./caller.ts";
import { Offered, type Scope } from "./offered.ts";
import { refusalOf } from "./refusal.ts";
import { Subscriptions } from "./subscriptions.ts";

export interface ServerOptions {
  readonly room: McpRoom;
  readonly scope: Scope;
  /** How long a client may take to answer what a server asks of it, in ms. */
  readonly answerMs: number;
}

/** The SDK makes one for each server, which is dear, and we check nothing with it: all share one. */
const jsonSchemaValidator = new AjvJsonSchemaValidator();
const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {},
};
const LEVELS = LoggingLevelSchema.options;

/** A server that is ready to be connected to a transport; it ends what it began when that closes. */
export async function createServer({ room, scope, answerMs }: ServerOptions): Promise<SdkServer> {
  const offered = new Offered(room, scope);
  const instructions = await offered.instructions();
  const sdk = new SdkServer(
    { name: "codex-plus", title: "Codex-Plus", version: VERSION },
    { capabilities: CAPABILITIES, jsonSchemaValidator, ...(instructions !== undefined && { instructions }) },
  );
  let level: LoggingLevel | undefined;
  const hears = (one: LoggingLevel) => level === undefined || LEVELS.indexOf(one) >= LEVELS.indexOf(level);
  const caller = (extra: Extra) => callerOf(extra, { project: scope.project, sdk, answerMs, hears });
  const subscriptions = new Subscriptions();

  sdk.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: await offered.tools() }));
  sdk.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) =>
    room.call(await offered.tool(params.name), params.arguments ?? {}, caller(extra)),
  );

  sdk.setRequestHandler(ListPromptsRequestSchema, async () => ({ prompts: await offered.prompts() }));
  sdk.setRequestHandler(GetPromptRequestSchema, ({ params }, extra) =>
    said(async () => {
      const { server, name } = await offered.prompt(params.name);
      return room.prompt(server.key, name, params.arguments ?? {}, caller(extra));
    }),
  );

  sdk.setRequestHandler(ListResourcesRequestSchema, async () => ({ resources: await offered.resources() }));
  sdk.setRequestHandler(ListResourceTemplatesRequestSchema, async () => ({
    resourceTemplates: await offered.templates(),
  }));
  sdk.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }, extra) =>
    said(async () => {
      const own = await offered.resource(uri);
      const result = await room.read(own.server.key, own.name, caller(extra));
      // A client that asked for a prefixed uri looks for that in the answer.
      const contents = result.contents.map((one) => (one.uri === own.name ? { ...one, uri } : one));
      return { ...result, contents };
    }),
  );
  sdk.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }, extra) =>
    said(async () => {
      const own = await offered.resource(uri);
      const updated = () => void sdk.sendResourceUpdated({ uri }).catch(() => undefined);
      await subscriptions.begin(uri, () => room.subscribe(own.server.key, own.name, caller(extra), updated));
      return {};
    }),
  );
  sdk.setRequestHandler(UnsubscribeRequestSchema, async ({ params }) => {
    await subscriptions.end(params.uri);
    return {};
  });

  sdk.setRequestHandler(CompleteRequestSchema, ({ params }, extra) =>
    said(async () => {
      const { ref } = params;
      const own = await (ref.type === "ref/prompt" ? offered.prompt(ref.name) : offered.template(ref.uri));
      const ownRef = ref.type === "ref/prompt" ? { ...ref, name: own.name } : { ...ref, uri: own.name };
      return room.complete(own.server.key, { ...params, ref: ownRef }, caller(extra));
    }),
  );
  // In the place of the SDK's own: logs go with the call they belong to, and are held back there.
  sdk.setRequestHandler(SetLevelRequestSchema, ({ params }) => {
    level = params.level;
    return {};
  });
  sdk.onclose = () => subscriptions.close();
  return sdk;
}

/** @throws Refusal in the place of whatever the room throws */
async function said<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    throw refusalOf(error);
  }
}
