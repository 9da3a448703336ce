/** Two servers that have much in common, for the gateway to tell apart, and one that takes its time. */
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";
import { ListRootsResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";

const contents = (uri: string, text: string) => ({ contents: [{ uri, text }] });

/** A tool with all that a tool can say of itself, a resource that the other one has too, and one of its own. */
export function notes(name: string): McpServer {
  const server = new McpServer({ name, version: "1" }, { instructions: `Ask ${name} for notes.` });
  server.registerTool(
    "count",
    {
      title: "Count notes",
      description: "Says how many there are",
      inputSchema: { of: z.string() },
      outputSchema: { count: z.number() },
      annotations: { readOnlyHint: true, openWorldHint: false },
      _meta: { "example.org/kind": name },
    },
    ({ of }) => ({ content: [{ type: "text", text: `${of}: 3` }], structuredContent: { count: 3 } }),
  );
  server.registerPrompt("greet", { description: "Greets", argsSchema: { who: z.string() } }, ({ who }) => ({
    messages: [{ role: "user", content: { type: "text", text: `${name} greets ${who}` } }],
  }));
  server.registerResource("all", "notes://all", {}, () => contents("notes://all", `all of ${name}`));
  server.registerResource("own", `notes://${name}`, {}, ({ href }) => contents(href, `own of ${name}`));
  const template = new ResourceTemplate(`${name}://{id}`, { list: undefined });
  server.registerResource("one", template, {}, ({ href }, { id }) => contents(href, `note ${String(id)} of ${name}`));
  return server;
}

export interface Slow {
  readonly server: McpServer;
  /** Settles when the tool `wait` has begun, and what becomes of it: a signal, or a word. */
  readonly begun: Promise<AbortSignal>;
  finish(word: string): void;
}

/** A tool that waits until it is told to go on, and one that asks for the client's roots. */
export function slow(): Slow {
  const server = new McpServer({ name: "slow", version: "1" });
  const begun = Promise.withResolvers<AbortSignal>();
  const word = Promise.withResolvers<string>();
  server.registerTool("wait", {}, async ({ signal }) => {
    begun.resolve(signal);
    const over = new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve("given up")));
    return { content: [{ type: "text", text: await Promise.race([word.promise, over]) }] };
  });
  server.registerTool("roots", {}, async ({ sendRequest }) => {
    const { roots } = await sendRequest({ method: "roots/list" }, ListRootsResultSchema);
    return { content: [{ type: "text", text: roots.map(({ uri }) => uri).join() }] };
  });
  return { server, begun: begun.promise, finish: word.resolve };
}
