/** Knocking at a server without a login, so that it says which one it wants. */
import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import type { FetchLike, Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { VERSION } from "../../lib/version.ts";
import type { Server } from "../mcp.ts";

interface Options {
  readonly authProvider: OAuthClientProvider;
  readonly fetch: FetchLike;
}

/**
 * Begins the login that a server asks for; the provider has been handed the browser's address then.
 * @returns ends it with the code that the browser came back with; undefined where there is no login to be had
 * @throws what the SDK throws
 */
export async function challenge(
  { config }: Server,
  options: Options,
): Promise<((code: string) => Promise<void>) | undefined> {
  const [{ Client }, { auth, UnauthorizedError }] = await Promise.all([
    import("@modelcontextprotocol/sdk/client/index.js"),
    import("@modelcontextprotocol/sdk/client/auth.js"),
  ]);
  const serverUrl = new URL(config.url ?? "");
  const transport = config.type === "sse" ? await sse(serverUrl, options) : await http(serverUrl, options);
  const client = new Client({ name: "codex-plus", version: VERSION });
  try {
    // Under exactOptionalPropertyTypes the SDK's transports are not quite what its client takes.
    await client.connect(transport as Transport);
  } catch (error) {
    if (error instanceof UnauthorizedError) return (code) => transport.finishAuth(code);
    throw error;
  } finally {
    await client.close();
  }
  // It shakes hands with anybody, and may have a login for more than that.
  const asked = { serverUrl, fetchFn: options.fetch };
  try {
    await auth(options.authProvider, asked);
  } catch {
    return undefined;
  }
  return async (authorizationCode) => void (await auth(options.authProvider, { ...asked, authorizationCode }));
}

async function http(url: URL, options: Options) {
  const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
  return new StreamableHTTPClientTransport(url, options);
}

async function sse(url: URL, options: Options) {
  const { SSEClientTransport } = await import("@modelcontextprotocol/sdk/client/sse.js");
  return new SSEClientTransport(url, options);
}
