/** An MCP server over stdio with a prompt as server-everything has none: a talk with a picture, and a blank in its name. */
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const server = new McpServer({ name: "odd", version: "1" });
const argsSchema = { who: z.string(), how: z.string().optional() };
server.registerPrompt("greet me", { argsSchema }, ({ who, how }) => ({
  messages: [
    { role: "user", content: { type: "text", text: `I am ${who}, ${how}` } },
    { role: "assistant", content: { type: "text", text: "Hello." } },
    { role: "user", content: { type: "image", data: "AA==", mimeType: "image/png" } },
  ],
}));
await server.connect(new StdioServerTransport());
