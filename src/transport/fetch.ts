/** `fetch` for servers that a person has named: through the proxy and with the authorities that the environment says. */
import type { Dispatcher } from "undici";
import { VERSION } from "../lib/version.ts";
import { type HttpProxy, type ProxySettings, proxyFor } from "./proxy/choice.ts";
import { authoritiesWith } from "./tls/authorities.ts";

export interface FetchOptions extends ProxySettings {
  /** PEM file of authorities to trust beside Node's own. */
  readonly caFile?: string | undefined;
}

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * Unlike Node's own it waits for an answer as long as its caller does: a tool may be silent for longer than five minutes.
 * Nothing is ever sent twice. What it is made of is loaded at the first request.
 * @throws what `fetch` throws, and CodexPlusError CP_PROXY_REFUSED, CP_CONFIG_INVALID where the settings cannot be used
 */
export function createFetch(options: FetchOptions): Fetch {
  const ways = new Map<string, Promise<Dispatcher>>();

  const wayTo = (origin: URL): Promise<Dispatcher> => {
    const proxy = proxyFor(origin, options);
    const key = JSON.stringify(proxy ?? null);
    const way = ways.get(key) ?? open(proxy, options.caFile);
    ways.set(key, way);
    // A file of authorities that cannot be read may be mended.
    way.catch(() => ways.delete(key));
    return way;
  };

  return async (input, init) => {
    const { fetch } = await import("undici");
    const url = new URL(input);
    const headers = new Headers(init?.headers);
    if (!headers.has("user-agent")) headers.set("user-agent", `codex-plus/${VERSION}`);
    // undici's own types and those that Node has of it differ in what no caller of ours uses.
    const own = { ...init, headers: [...headers], dispatcher: await wayTo(url) } as Parameters<typeof fetch>[1];
    return (await fetch(url, own)) as unknown as Response;
  };
}

async function open(proxy: HttpProxy | undefined, caFile: string | undefined): Promise<Dispatcher> {
  const { Agent, ProxyAgent } = await import("undici");
  const tls = caFile === undefined ? {} : { ca: [...authoritiesWith(caFile)] };
  const patience = { headersTimeout: 0, bodyTimeout: 0 };
  if (proxy === undefined) return new Agent({ ...patience, connect: tls });
  const { url, login } = proxy;
  return new ProxyAgent({
    ...patience,
    uri: url.href,
    requestTls: tls,
    proxyTls: tls,
    ...(login && { token: basic(login) }),
  });
}

function basic({ user, password }: { readonly user: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
