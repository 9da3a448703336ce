/** A kept login as the SDK asks for it: for connections that nobody sits at. It never opens a browser. */
import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import { CodexPlusError } from "../../errors.ts";
import type { Server } from "../mcp.ts";
import { clientMetadata, redirectUrl } from "./client.ts";
import type { Login, LoginStore } from "./store.ts";

/**
 * The provider of a server's connections, for a transport with the `fetch` of renewal.ts, which keeps what comes of a
 * renewal. Without a login, or where it is taken no longer, it throws CP_MCP_LOGIN in the midst of the SDK's `auth()`;
 * where it could not be renewed for now, CP_MCP_SERVER.
 */
export function keptLogin(server: Server, store: LoginStore): OAuthClientProvider {
  const login = async (): Promise<Login> => {
    const kept = usable(server, await store.get(server));
    if (kept === undefined) throw new CodexPlusError("CP_MCP_LOGIN", `${server.name} wants a login`);
    return kept;
  };
  // The SDK takes a provider without an address to come back to for a machine's own; this one is never used.
  const never = redirectUrl(0);
  return {
    redirectUrl: never,
    clientMetadata: clientMetadata(never),
    tokens: async () => usable(server, await store.get(server))?.tokens,
    // What `auth()` asks first: without a login nobody is asked where one could be had, and no client is registered.
    discoveryState: async () => (await login()).discovery,
    clientInformation: async () => {
      const { client, secret } = await login();
      return client && { ...client, ...(secret !== undefined && { client_secret: secret }) };
    },
    saveTokens: () => undefined,
    saveCodeVerifier: () => undefined,
    codeVerifier: () => "",
    redirectToAuthorization: async () => {
      const { tokens } = await login();
      const what = tokens?.refresh_token === undefined ? "CP_MCP_LOGIN" : "CP_MCP_SERVER";
      throw new CodexPlusError(
        what,
        what === "CP_MCP_LOGIN"
          ? `The login at ${server.name} has run out`
          : `The login at ${server.name} could not be renewed: its authorization server does not answer as it should`,
      );
    },
  };
}

/** Tokens that were given to another client than the definition's are none. */
function usable({ config }: Server, login: Login | undefined): Login | undefined {
  if (login?.tokens === undefined) return undefined;
  const id = config.oauth?.clientId;
  return id === undefined || login.client?.client_id === id ? login : undefined;
}
