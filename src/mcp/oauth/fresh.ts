/** A login in the making as the SDK asks for it: nothing is kept before it has come to its end. */
import type { OAuthClientProvider, OAuthDiscoveryState } from "@modelcontextprotocol/sdk/client/auth.js";
import type { OAuthClientInformationMixed } from "@modelcontextprotocol/sdk/shared/auth.js";
import { CodexPlusError } from "../../errors.ts";
import type { Server } from "../mcp.ts";
import { clientMetadata } from "./client.ts";
import type { LoginStore } from "./store.ts";

export interface FreshLogin {
  readonly server: Server;
  readonly store: LoginStore;
  /** Where the browser comes back to. */
  readonly redirect: string;
  readonly state: string;
  /** Of the client that stands in the server's definition. */
  readonly secret: string | undefined;
  /** Where the authorization server is, where that is known beforehand. */
  readonly discovery: OAuthDiscoveryState | undefined;
  show(address: URL): void | Promise<void>;
}

/**
 * The provider of one login. A client that registers itself does so anew each time: an old registration that has been
 * forgotten over there shows in the browser only, where nobody could do anything about it.
 */
export function freshLogin(login: FreshLogin): OAuthClientProvider {
  const { server, store, redirect, state, secret, show } = login;
  const { clientId, scopes } = server.config.oauth ?? {};
  let { discovery } = login;
  let verifier = "";
  let client: OAuthClientInformationMixed | undefined;
  if (clientId !== undefined) client = { client_id: clientId, ...(secret !== undefined && { client_secret: secret }) };
  return {
    redirectUrl: redirect,
    clientMetadata: clientMetadata(redirect, scopes),
    state: () => state,
    tokens: () => undefined,
    clientInformation: () => client,
    saveClientInformation: (given) => {
      client = given;
    },
    saveCodeVerifier: (given) => {
      verifier = given;
    },
    codeVerifier: () => verifier,
    discoveryState: () => discovery,
    saveDiscoveryState: (given) => {
      discovery = given;
    },
    redirectToAuthorization: async (address) => {
      if (!/^https?:$/.test(address.protocol)) {
        throw new CodexPlusError("CP_MCP_LOGIN", "The address to log in at is none for a browser");
      }
      // What the person has written down wins over what the server asks for.
      if (scopes !== undefined) address.searchParams.set("scope", scopes.join(" "));
      await show(address);
    },
    saveTokens: (tokens) =>
      store.change(server, (kept) => ({
        ...(kept?.secret !== undefined && { secret: kept.secret }),
        client: clientId === undefined ? client : { client_id: clientId, issuer: client?.issuer },
        discovery,
        tokens,
      })),
  };
}
