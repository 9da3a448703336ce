/** How connections to remote servers are let in. */
import { createHash } from "node:crypto";
import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import type { FetchLike } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { Server } from "../mcp.ts";
import { keptLogin } from "./kept.ts";
import { renewing } from "./renewal.ts";
import type { LoginStore } from "./store.ts";

/** What a transport of the SDK is given for a server. */
export interface Access {
  /** `authProvider`. A connection that wants a login fails with CodexPlusError CP_MCP_LOGIN; nothing is ever opened. */
  readonly provider: OAuthClientProvider;
  /** `fetch`, without which no login is ever renewed. */
  readonly fetch: FetchLike;
  /** Changes whenever the login does: a server that wanted one is worth another try then. */
  mark(): Promise<string>;
}

/**
 * Access by a kept login, or undefined where a server is not asked that way: it has no address, or its headers, or a login
 * in its address, are what lets a person in.
 * @param fetch how the network is reached
 */
export function access(server: Server, store: LoginStore, fetch: FetchLike = globalThis.fetch): Access | undefined {
  if (!logsIn(server)) return undefined;
  return {
    provider: keptLogin(server, store),
    fetch: renewing(server, store, fetch),
    mark: async () =>
      createHash("sha256")
        .update(JSON.stringify((await store.get(server)) ?? null))
        .digest("hex"),
  };
}

/** Whether a login is what lets a person in at a server. */
export function logsIn({ config: { type, url, headers, headersHelper, oauth } }: Server): boolean {
  if (url === undefined || (type !== "http" && type !== "sse")) return false;
  if (oauth !== undefined) return true;
  const inAddress = URL.canParse(url) && new URL(url).username !== "";
  const inHeaders = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  return headersHelper === undefined && !inAddress && !inHeaders;
}
