/** Logging out: the server is asked to take its tokens back (RFC 7009), and they are forgotten in any case. */
import type { OAuthClientInformationMixed } from "@modelcontextprotocol/sdk/shared/auth.js";
import type { FetchLike } from "@modelcontextprotocol/sdk/shared/transport.js";
import { locked } from "../../lib/lock.ts";
import { ANSWER_MS, renewalLock } from "./renewal.ts";
import type { Login, LoginOf, LoginStore } from "./store.ts";

/** revoked; forgotten: the server has no place to take tokens back; failed: it has one, and did not; none: nothing was kept. */
export type LoggedOut = "revoked" | "forgotten" | "failed" | "none";

/** Behind a renewal that is under way, or a token would live on that nobody knows. @throws CodexPlusError CP_FILE_UNUSABLE */
export async function logOut(server: LoginOf, store: LoginStore, reach: FetchLike): Promise<LoggedOut> {
  const login = await locked(renewalLock(server, store), 2 * ANSWER_MS, async () => {
    const kept = await store.get(server);
    await store.change(server, () => undefined);
    return kept;
  });
  return login === undefined ? "none" : revoke(login, reach);
}

async function revoke({ tokens, client, secret, discovery }: Login, reach: FetchLike): Promise<LoggedOut> {
  const metadata = discovery?.authorizationServerMetadata;
  const address = metadata && "revocation_endpoint" in metadata ? metadata.revocation_endpoint : undefined;
  if (typeof address !== "string" || tokens === undefined || client === undefined) return "forgotten";
  const { selectClientAuthMethod } = await import("@modelcontextprotocol/sdk/client/auth.js");
  const full = { ...client, ...(secret !== undefined && { client_secret: secret }) };
  const method = selectClientAuthMethod(full, metadata?.token_endpoint_auth_methods_supported ?? []);
  const send = async (token: string, kind: string): Promise<boolean> => {
    const body = new URLSearchParams({ token, token_type_hint: kind });
    const headers = proof(full, method, body);
    const answer = await reach(address, { method: "POST", headers, body, signal: AbortSignal.timeout(ANSWER_MS) });
    await answer.body?.cancel();
    return answer.ok;
  };
  try {
    // With the one that renews the others go, too, but not everywhere.
    const renewing = tokens.refresh_token === undefined || (await send(tokens.refresh_token, "refresh_token"));
    return (await send(tokens.access_token, "access_token")) && renewing ? "revoked" : "failed";
  } catch {
    return "failed";
  }
}

/** RFC 6749, section 2.3.1: by which a client shows who it is, in the body or in a header. */
function proof(
  { client_id, client_secret = "" }: OAuthClientInformationMixed,
  method: "client_secret_basic" | "client_secret_post" | "none",
  body: URLSearchParams,
): Record<string, string> {
  if (method === "client_secret_basic") {
    return { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString("base64")}` };
  }
  body.set("client_id", client_id);
  if (method === "client_secret_post") body.set("client_secret", client_secret);
  return {};
}
