/** A small room for the gateway's tests: its servers run in this process, and all of them are ready. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import {
  CallToolResultSchema,
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { CodexPlusError } from "../../src/errors.ts";
import type { Caller, McpRoom, NamedTool, Offer, Server, ServerStatus } from "../../src/mcp/mcp.ts";

interface Member {
  readonly server: Server;
  readonly client: Client;
  readonly offer: Offer;
  caller: Caller | undefined;
}

export interface MemoryRoom extends McpRoom {
  /** Everyone who called, in order. */
  readonly callers: Caller[];
  /** Says that what a project's servers offer has changed. */
  change(project: string): void;
}

/** @param servers by name, for every project */
export async function memoryRoom(servers: Readonly<Record<string, McpServer>>): Promise<MemoryRoom> {
  const members = await Promise.all(Object.entries(servers).map(([name, server]) => join(name, server)));
  const listeners = new Set<(project: string) => void>();
  const callers: Caller[] = [];
  const member = (name: string): Member => {
    const found = members.find(({ server }) => server.key === name || server.name === name);
    if (found === undefined) throw new CodexPlusError("CP_MCP_UNKNOWN", `no server ${name}`);
    return found;
  };
  /** One at a time, so that what a server asks in between is the running call's. */
  const during = async <Result>(one: Member, caller: Caller, run: () => Promise<Result>): Promise<Result> => {
    callers.push(caller);
    one.caller = caller;
    try {
      return await run();
    } catch (error) {
      throw new CodexPlusError("CP_MCP_SERVER", (error as Error).message, { cause: error });
    }
  };
  const named = (): NamedTool[] =>
    members.flatMap(({ server, offer }) =>
      offer.tools.map((tool) => ({ name: `mcp__${server.key}__${tool.name}`, server, tool })),
    );
  return {
    callers,
    change: (project) => {
      for (const listener of listeners) listener(project);
    },
    set: () => Promise.resolve({ servers: members.map(({ server }) => server), problems: [] }),
    any: () => members.length > 0,
    status: () =>
      Promise.resolve(
        members.map(({ server, offer }): ServerStatus => ({ server, state: "ready", offer, calls: 0, stderr: [] })),
      ),
    meet: () => Promise.resolve(),
    tools: () => Promise.resolve(named()),
    async call(name, input, caller) {
      const known = named().find((one) => one.name === name);
      if (known === undefined) return { isError: true, content: [{ type: "text", text: `There is no tool ${name}.` }] };
      const one = member(known.server.key);
      const { signal, progress: onprogress } = caller;
      const result = await during(one, caller, () =>
        one.client.callTool({ name: known.tool.name, arguments: input }, CallToolResultSchema, {
          signal,
          ...(onprogress && {
            onprogress: ({ progress, total, message }) =>
              onprogress({
                progress,
                ...(total !== undefined && { total }),
                ...(message !== undefined && { message }),
              }),
          }),
        }),
      );
      return CallToolResultSchema.parse(result);
    },
    async prompt(server, name, args, caller) {
      const one = member(server);
      return during(one, caller, () => one.client.getPrompt({ name, arguments: { ...args } }));
    },
    async read(server, uri, caller) {
      const one = member(server);
      return during(one, caller, () => one.client.readResource({ uri }));
    },
    async complete(server, params, caller) {
      const one = member(server);
      return during(one, caller, () => one.client.complete(params as Parameters<Client["complete"]>[0]));
    },
    async subscribe(server, uri, caller, updated) {
      const { client } = member(server);
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
        if (params.uri === uri) updated();
      });
      await during(member(server), caller, () => client.subscribeResource({ uri }));
      return async () => void (await client.unsubscribeResource({ uri }));
    },
    changed(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => void (await Promise.all(members.map(({ client }) => client.close()))),
  };
}

async function join(name: string, sdk: McpServer): Promise<Member> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  const client = new Client(
    { name: "room", version: "1" },
    { capabilities: { elicitation: { form: {} }, sampling: {}, roots: {} } },
  );
  await sdk.connect(far);
  await client.connect(near);
  const able = client.getServerCapabilities() ?? {};
  const offer: Offer = {
    tools: able.tools ? (await client.listTools()).tools : [],
    prompts: able.prompts ? (await client.listPrompts()).prompts : [],
    resources: able.resources ? (await client.listResources()).resources : [],
    templates: able.resources ? (await client.listResourceTemplates()).resourceTemplates : [],
    capabilities: able,
    instructions: client.getInstructions(),
  };
  const key = name.replaceAll(/[^\w-]/g, "_");
  const config = { type: "stdio", args: [], env: {}, headers: {} } as const;
  const place = { scope: "user", file: "/servers.json", project: "/", digest: key, missing: [] } as const;
  const member: Member = { server: { name, key, config, ...place }, client, offer, caller: undefined };
  const ask = async (request: { method: string; params?: object | undefined }) => {
    if (member.caller?.asked === undefined) throw new Error("nobody to ask");
    const { method, params } = request;
    return member.caller.asked({ method, ...(params && { params: { ...params } }) });
  };
  client.setRequestHandler(ElicitRequestSchema, async (request) => (await ask(request)) as { action: "accept" });
  client.setRequestHandler(CreateMessageRequestSchema, async (request) => (await ask(request)) as never);
  client.setRequestHandler(ListRootsRequestSchema, async (request) => (await ask(request)) as { roots: [] });
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => member.caller?.logged?.(params));
  return member;
}
