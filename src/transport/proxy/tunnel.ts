/** A tunnel through an HTTP proxy: CONNECT (RFC 9110 9.3.6). */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { CodexPlusError } from "../../errors.ts";
import type { HttpProxy } from "./choice.ts";

/**
 * Asks the proxy at the other end of `socket` to join it to `authority` ("host:port").
 * @returns when `socket` reaches the goal; it is not reading then and has no listeners of ours
 * @throws CodexPlusError CP_PROXY_REFUSED with the proxy's answer; whatever Node throws when the connection breaks
 */
export async function openTunnel(
  socket: Socket,
  proxy: HttpProxy,
  authority: string,
  signal: AbortSignal,
): Promise<void> {
  const asking = request({
    method: "CONNECT",
    path: authority,
    createConnection: () => socket,
    setDefaultHeaders: false,
    headers: { Host: authority, ...authorization(proxy) },
  });
  // Once the wait is given up, nobody else hears how the request ends.
  asking.on("error", () => {}).end();
  const answer = await once(asking, "connect", { signal });
  const [response, , rest] = answer as [IncomingMessage, Socket, Buffer];
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) {
    const message = `the proxy ${proxy.url.origin} refused a tunnel to ${authority}: ${status} ${response.statusMessage}`;
    throw new CodexPlusError("CP_PROXY_REFUSED", message.trimEnd());
  }
  if (rest.length > 0) socket.unshift(rest);
}

/** Basic authentication (RFC 7617), in UTF-8. */
function authorization({ login }: HttpProxy): Record<string, string> {
  if (login === undefined) return {};
  return { "Proxy-Authorization": `Basic ${Buffer.from(`${login.user}:${login.password}`).toString("base64")}` };
}
