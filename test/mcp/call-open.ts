/** Calling the tool of a server behind a login, with the SDK's client as it is. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { CodexPlusError } from "../../src/errors.ts";
import type { Server } from "../../src/mcp/mcp.ts";
import type { Access } from "../../src/mcp/oauth/access.ts";

/** What the tool says, or the error: its code and its words. */
export async function callOpen({ config }: Pick<Server, "config">, way: Access | undefined): Promise<string> {
  if (way === undefined) throw new TypeError("no way to log in");
  const { provider: authProvider, fetch } = way;
  const client = new Client({ name: "test", version: "1" });
  try {
    const Way = config.type === "sse" ? SSEClientTransport : StreamableHTTPClientTransport;
    const transport = new Way(new URL(config.url ?? ""), { authProvider, fetch });
    await client.connect(transport as Transport);
    const { content } = await client.callTool({ name: "open" });
    return (content as { text: string }[]).map(({ text }) => text).join();
  } catch (error) {
    if (error instanceof CodexPlusError) return `${error.code}: ${error.message}`;
    throw error;
  } finally {
    await client.close();
  }
}
