/** How a transport gets a connection: the one seam between speaking HTTP and reaching the upstream. Types only. */
import type { Socket } from "node:net";

/** What the connection will carry; a TLS profile may shake hands differently for the two (ALPN). */
export type ConnectionPurpose = "http" | "websocket";

export interface Connector {
  /**
   * Opens a connection to an origin: TCP, a proxy's tunnel where one is set, and TLS for `https:`, ready for the request
   * head. The socket has no listeners of the connector left on it and is not reading yet; who gets it owns it.
   * A TLSSocket is a Socket too. When `signal` aborts, whatever was opened is destroyed and the promise rejects.
   * @throws CodexPlusError CP_UPSTREAM_DNS, _UNREACHABLE, _TLS, _TIMEOUT or CP_PROXY_REFUSED
   */
  connect(origin: URL, purpose: ConnectionPurpose, signal: AbortSignal): Promise<Socket>;
}
