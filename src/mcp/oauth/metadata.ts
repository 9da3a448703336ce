/** Where a server's definition says itself where its authorization server is described. */
import type { OAuthDiscoveryState } from "@modelcontextprotocol/sdk/client/auth.js";
import type { FetchLike } from "@modelcontextprotocol/sdk/shared/transport.js";
import { CodexPlusError } from "../../errors.ts";
import { isLoopback } from "../../lib/loopback.ts";
import { ANSWER_MS } from "./renewal.ts";

/**
 * Reads a document of RFC 8414 or of OpenID Connect Discovery, in the place of the SDK's search for one.
 * @throws CodexPlusError CP_MCP_LOGIN when it cannot be had, or is none
 */
export async function metadataAt(address: string, reach: FetchLike): Promise<OAuthDiscoveryState> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "https:" && !(url?.protocol === "http:" && isLoopback(url.hostname))) {
    throw new CodexPlusError("CP_MCP_LOGIN", "oauth.authServerMetadataUrl has to be an https address");
  }
  const { OAuthMetadataSchema } = await import("@modelcontextprotocol/sdk/shared/auth.js");
  try {
    const response = await reach(url, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    const metadata = OAuthMetadataSchema.parse(await response.json());
    return { authorizationServerUrl: metadata.issuer, authorizationServerMetadata: metadata };
  } catch (error) {
    const why = error instanceof Error && error.name === "Error" ? `: ${error.message}` : "";
    throw new CodexPlusError("CP_MCP_LOGIN", `What oauth.authServerMetadataUrl points at cannot be read${why}`, {
      cause: error,
    });
  }
}
