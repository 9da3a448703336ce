/** The way to an upstream: TCP, a proxy's tunnel where one is set, TLS in the shape of a profile. */
import { once } from "node:events";
import net, { type Socket } from "node:net";
import { CodexPlusError } from "../errors.ts";
import { authorityOf, hostOf, portOf } from "./address.ts";
import type { ConnectionPurpose, Connector } from "./connector.ts";
import { connectError } from "./failure.ts";
import { type HttpProxy, type ProxySettings, proxyFor } from "./proxy/choice.ts";
import { openTunnel } from "./proxy/tunnel.ts";
import type { Handshake } from "./tls/handshake.ts";
import { NATIVE, type TlsProfile } from "./tls/profiles.ts";

export interface ConnectorOptions {
  /** Until the connection must be ready: name, TCP, tunnel and TLS together, in ms. */
  readonly connectMs: number;
  readonly profiles: Readonly<Record<ConnectionPurpose, TlsProfile>>;
  readonly handshake: Handshake;
  readonly proxies: ProxySettings;
}

/** How long a silent connection may be before the system probes it, in ms: reqwest's, and Codex's, default. */
const KEEPALIVE_MS = 15_000;

export function createConnector({ connectMs, profiles, handshake, proxies }: ConnectorOptions): Connector {
  async function open(origin: URL, purpose: ConnectionPurpose, signal: AbortSignal): Promise<Socket> {
    const proxy = proxyFor(origin, proxies);
    const socket =
      proxy === undefined ? await dial(origin, origin.origin, signal) : await through(proxy, origin, signal);
    return origin.protocol === "https:" ? secure(socket, origin, profiles[purpose], origin.origin, signal) : socket;
  }

  async function through(proxy: HttpProxy, origin: URL, signal: AbortSignal): Promise<Socket> {
    const peer = `the proxy ${proxy.url.origin} on the way to ${origin.origin}`;
    const plain = await dial(proxy.url, peer, signal);
    const socket = proxy.url.protocol === "https:" ? await secure(plain, proxy.url, NATIVE, peer, signal) : plain;
    try {
      await openTunnel(socket, proxy, authorityOf(origin), signal);
      return socket;
    } catch (cause) {
      socket.on("error", () => {}).destroy();
      throw connectError(peer, cause, "CP_UPSTREAM_UNREACHABLE");
    }
  }

  async function secure(
    socket: Socket,
    to: URL,
    profile: TlsProfile,
    peer: string,
    signal: AbortSignal,
  ): Promise<Socket> {
    try {
      return await handshake(socket, hostOf(to), profile, signal);
    } catch (cause) {
      throw connectError(peer, cause, "CP_UPSTREAM_TLS");
    }
  }

  return {
    async connect(origin, purpose, signal) {
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), connectMs);
      try {
        return await open(origin, purpose, AbortSignal.any([signal, late.signal]));
      } catch (cause) {
        signal.throwIfAborted();
        if (!late.signal.aborted) throw cause;
        const message = `${origin.origin}: no connection within ${connectMs} ms`;
        throw new CodexPlusError("CP_UPSTREAM_TIMEOUT", message, { cause });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** TCP, with the addresses of both families raced as Node does, and without waiting to fill a packet. */
async function dial(to: URL, peer: string, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = net.connect({
    host: hostOf(to),
    port: portOf(to),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEPALIVE_MS,
  });
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (cause) {
    socket.on("error", () => {}).destroy();
    throw connectError(peer, cause, "CP_UPSTREAM_UNREACHABLE");
  }
}
