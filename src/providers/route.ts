/** Where a request goes (design: routes). Data, no I/O: the way from a path and a credential to an upstream. */
import type { RawHeaders, Target } from "../contracts.ts";
import { header } from "../protocol/headers.ts";

export interface Upstreams {
  /** Takes the place of every model endpoint, whatever the credential. */
  readonly upstream?: string | undefined;
  readonly upstreams: { readonly chatgpt: string; readonly openai: string };
}

/** "chatgpt" requests may be sent on to a workspace's own backend; the others go just where configuration says. */
export type Provider = "chatgpt" | "openai" | "custom";

export interface Route extends Target {
  readonly provider: Provider;
  /** The path at the model API without its prefix (`/responses`, `/models`), or undefined for account traffic and the like. */
  readonly endpoint: string | undefined;
}

const CHATGPT_PREFIX = "/backend-api";
const CODEX_PREFIX = "/backend-api/codex";
const OPENAI_PREFIX = "/v1";

/** Makes the router of one configuration. */
export function createRouter(config: Upstreams): (url: string, headers: RawHeaders) => Route {
  const chatgpt = new URL(config.upstreams.chatgpt);
  const openai = new URL(config.upstreams.openai);
  const custom = config.upstream === undefined ? undefined : new URL(config.upstream);
  const customBase = custom?.pathname.replace(/\/+$/, "") ?? "";
  const customOrigin = custom && new URL(custom.origin);

  return (url, headers) => {
    const rest = under(url, CODEX_PREFIX) ?? under(url, OPENAI_PREFIX);
    const account = rest === undefined && under(url, CHATGPT_PREFIX) !== undefined;
    if (customOrigin !== undefined) {
      if (account) return { provider: "custom", origin: customOrigin, path: url, endpoint: undefined };
      const path = rest ?? url;
      return { provider: "custom", origin: customOrigin, path: rooted(customBase + path), endpoint: endpointOf(path) };
    }
    if (account) return { provider: "chatgpt", origin: chatgpt, path: url, endpoint: undefined };
    if (rest !== undefined) {
      const provider = under(url, OPENAI_PREFIX) === undefined ? "chatgpt" : "openai";
      const origin = provider === "chatgpt" ? chatgpt : openai;
      return { provider, origin, path: url, endpoint: endpointOf(rest) };
    }
    const key = isApiKey(header(headers, "authorization"));
    return key
      ? { provider: "openai", origin: openai, path: OPENAI_PREFIX + url, endpoint: endpointOf(url) }
      : { provider: "chatgpt", origin: chatgpt, path: CODEX_PREFIX + url, endpoint: endpointOf(url) };
  };
}

/** A path of nothing, or of a query only, is the root's. */
function rooted(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

/** What follows a prefix at a path border: "/v1/x" under "/v1" is "/x"; undefined for "/v10". */
function under(url: string, prefix: string): string | undefined {
  if (!url.startsWith(prefix)) return undefined;
  const rest = url.slice(prefix.length);
  if (rest === "") return "";
  return rest.startsWith("/") || rest.startsWith("?") ? rest : undefined;
}

function endpointOf(path: string): string {
  const query = path.indexOf("?");
  return query < 0 ? path : path.slice(0, query);
}

/** An OpenAI API key, as against a ChatGPT login's JWT. */
function isApiKey(authorization: string | undefined): boolean {
  return authorization !== undefined && /^bearer\s+sk-/i.test(authorization);
}
