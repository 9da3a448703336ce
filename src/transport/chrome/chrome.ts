/**
 * The chrome transport: a browser's handshake and HTTP/2, by the optional package impit. HTTP only.
 * What it cannot keep, and the others do: case of request fields, order and repeats of response fields, reason phrases,
 * 1xx responses, trailers, content codings (it decodes), unusual methods, dots in paths, bodies of GET requests, `connectMs`
 * and CA files (impit reads SSL_CERT_FILE by itself). A request given up before its response has begun is ended upstream
 * when it begins, not earlier.
 */
import type { Impit } from "impit";
import type { Transport } from "../../contracts.ts";
import { CodexPlusError } from "../../errors.ts";
import { type HttpProxy, type ProxySettings, proxyFor } from "../proxy/choice.ts";
import { startExchange } from "./exchange.ts";

/** The newest browser that impit 0.14 knows. */
export const BROWSER = "chrome151";

/** impit bounds a whole response by its timeout and knows no "none"; this is the longest it takes, some 24 days in ms. */
const NEVER_MS = 2 ** 31 - 1;

export type LoadImpit = () => Promise<Pick<typeof import("impit"), "Impit">>;

/** @param load how impit is had; a test may hand in one that is missing */
export function createChromeTransport(proxies: ProxySettings, load: LoadImpit = () => import("impit")): Transport {
  const clients = new Map<string, Promise<Impit>>();
  let closed = false;

  /** One client, with its connections and no cookies, for each way out. */
  async function clientFor(origin: URL): Promise<Impit> {
    if (closed) throw new CodexPlusError("CP_STOPPING", "the transport is closed");
    const proxy = proxyFor(origin, proxies);
    const key = proxy === undefined ? "" : withLogin(proxy);
    const client = clients.get(key) ?? createClient(load, key);
    clients.set(key, client);
    return client;
  }

  return {
    name: "chrome",
    websocket: false,
    request: (request, sink) => startExchange(clientFor(request.to.origin), request, sink),
    async upgrade() {
      throw new CodexPlusError("CP_TRANSPORT_UNAVAILABLE", "the chrome transport cannot carry WebSockets");
    },
    close() {
      closed = true;
      clients.clear();
    },
  };
}

/** Whether the optional package is there and loads on this machine. */
export async function hasImpit(): Promise<boolean> {
  return import("impit").then(
    () => true,
    () => false,
  );
}

async function createClient(load: LoadImpit, proxyUrl: string): Promise<Impit> {
  const { Impit } = await loaded(load);
  return new Impit({
    browser: BROWSER,
    followRedirects: false,
    timeout: NEVER_MS,
    ...(proxyUrl === "" ? {} : { proxyUrl }),
  });
}

async function loaded(load: LoadImpit): ReturnType<LoadImpit> {
  try {
    return await load();
  } catch (cause) {
    const message = "the chrome transport needs the optional package impit: npm install impit";
    throw new CodexPlusError("CP_TRANSPORT_UNAVAILABLE", message, { cause });
  }
}

function withLogin({ url, login }: HttpProxy): string {
  const full = new URL(url);
  full.username = encodeURIComponent(login?.user ?? "");
  full.password = encodeURIComponent(login?.password ?? "");
  return full.href;
}
