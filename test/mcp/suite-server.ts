/** The server that the official conformance suite expects to find: its tools, resources and prompts, by its descriptions. */
import { completable } from "@modelcontextprotocol/sdk/server/completable.js";
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { PNG, SUITE_TOOLS, type SuiteTool, textResult } from "./suite-tools.ts";

export function suiteServer(): McpServer {
  const server = new McpServer(
    { name: "suite", version: "1.0.0" },
    {
      capabilities: { tools: {}, logging: {}, completions: {}, resources: { subscribe: true } },
      instructions: "For tests.",
    },
  );
  const touch = addResources(server);
  addPrompts(server);
  addTools(server, {
    ...SUITE_TOOLS,
    touch: { description: "Changes what is watched", call: () => touch().then(() => textResult("Touched.")) },
  });
  return server;
}

/** By the protocol itself: the SDK's own way would rewrite input schemas. */
function addTools({ server }: McpServer, tools: Readonly<Record<string, SuiteTool>>): void {
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.entries(tools).map(([name, { description, inputSchema = {} }]) => ({
      name,
      description,
      inputSchema: { type: "object" as const, ...inputSchema },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = tools[params.name];
    if (tool === undefined) throw new Error(`there is no tool ${params.name}`);
    try {
      return await tool.call(params.arguments ?? {}, extra);
    } catch (error) {
      return { ...textResult((error as Error).message), isError: true };
    }
  });
}

/** @returns says that all watched resources have changed */
function addResources(server: McpServer): () => Promise<void> {
  const one = (name: string, uri: string, mimeType: string, content: { text: string } | { blob: string }) =>
    server.registerResource(name, uri, { description: name, mimeType }, () => ({
      contents: [{ uri, mimeType, ...content }],
    }));
  one("static-text", "test://static-text", "text/plain", { text: "This is the content of the static text resource." });
  one("static-binary", "test://static-binary", "image/png", { blob: PNG });
  one("watched-resource", "test://watched-resource", "text/plain", { text: "Watched." });
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { description: "A resource by its id", mimeType: "application/json" },
    ({ href }, { id }) => {
      const data = { id, templateTest: true, data: `Data for ID: ${String(id)}` };
      return { contents: [{ uri: href, mimeType: "application/json", text: JSON.stringify(data) }] };
    },
  );
  const watched = new Set<string>();
  server.server.setRequestHandler(SubscribeRequestSchema, async ({ params }) => {
    watched.add(params.uri);
    return {};
  });
  server.server.setRequestHandler(UnsubscribeRequestSchema, async ({ params }) => {
    watched.delete(params.uri);
    return {};
  });
  return async () => {
    for (const uri of watched) await server.server.sendResourceUpdated({ uri });
  };
}

function addPrompts(server: McpServer): void {
  const words = (text: string) => ({ role: "user", content: { type: "text", text } }) as const;
  server.registerPrompt("test_simple_prompt", { description: "A prompt" }, () => ({
    messages: [words("This is a simple prompt for testing.")],
  }));
  const cities = ["paris", "park", "party", "test"];
  const city = completable(z.string(), (begun) => cities.filter((one) => one.startsWith(begun)));
  server.registerPrompt(
    "test_prompt_with_arguments",
    { description: "A prompt with arguments", argsSchema: { arg1: city, arg2: z.string() } },
    ({ arg1, arg2 }) => ({ messages: [words(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)] }),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description: "A prompt with a resource", argsSchema: { resourceUri: z.string() } },
    ({ resourceUri: uri }) => {
      const resource = { uri, mimeType: "text/plain", text: "Embedded resource content for testing." };
      const first = { role: "user", content: { type: "resource", resource } } as const;
      return { messages: [first, words("Please process the embedded resource above.")] };
    },
  );
  server.registerPrompt("test_prompt_with_image", { description: "A prompt with a picture" }, () => ({
    messages: [
      { role: "user", content: { type: "image", data: PNG, mimeType: "image/png" } },
      words("Please analyze the image above."),
    ],
  }));
}
