/** An origin taken apart, in the forms that sockets and certificates want. */
import { isIPv4 } from "node:net";

/** The host without the brackets that a URL puts around an IPv6 address. */
export function hostOf(origin: URL): string {
  return origin.hostname.replace(/^\[|\]$/g, "");
}

export function portOf(origin: URL): number {
  if (origin.port !== "") return Number(origin.port);
  return origin.protocol === "https:" ? 443 : 80;
}

/** `host:port`, with the port always there, as a CONNECT request names its goal. */
export function authorityOf(origin: URL): string {
  return `${origin.hostname}:${portOf(origin)}`;
}

export function isLoopback(host: string): boolean {
  return (
    host === "localhost" || host.endsWith(".localhost") || host === "::1" || (isIPv4(host) && host.startsWith("127."))
  );
}
