/** What this program is to an authorization server. */
import type { OAuthClientMetadata } from "@modelcontextprotocol/sdk/shared/auth.js";

/**
 * Where the browser comes back to. `localhost`, as Claude Code has it: who has registered a client by hand has written
 * down that address.
 * @param port of the loopback address
 */
export function redirectUrl(port: number): string {
  return `http://localhost:${port}/callback`;
}

/** As it registers itself (RFC 7591): a program on a person's machine, which can keep no secret. */
export function clientMetadata(redirect: string, scopes?: readonly string[]): OAuthClientMetadata {
  return {
    client_name: "Codex-Plus",
    redirect_uris: [redirect],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    ...(scopes !== undefined && { scope: scopes.join(" ") }),
  };
}
