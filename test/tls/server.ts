/** Servers with the certificates of fixtures/, and connections to them. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Server, Socket } from "node:net";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import tls from "node:tls";
import { type ConnectorOptions, createConnector } from "../../src/transport/connect.ts";
import type { Connector } from "../../src/transport/connector.ts";
import { authoritiesWith } from "../../src/transport/tls/authorities.ts";
import { createHandshake } from "../../src/transport/tls/handshake.ts";
import { NATIVE } from "../../src/transport/tls/profiles.ts";

export const CA_FILE = fixture("ca.pem");

export function fixture(name: string): string {
  return join(import.meta.dirname, "fixtures", name);
}

export type CertificateName = "server" | "other" | "weak" | "sha1" | "expired";

export function credentials(name: CertificateName): { key: Buffer; cert: Buffer } {
  return { key: readFileSync(fixture(`${name}.key`)), cert: readFileSync(fixture(`${name}.pem`)) };
}

export interface Listening extends AsyncDisposable {
  readonly port: number;
  /** What has connected, in order. */
  readonly sockets: readonly Socket[];
}

/** A TLS server that greets whoever completes the handshake with "hello". */
export async function greet(name: CertificateName): Promise<Listening> {
  // Level 0, or OpenSSL would not even load the weak certificates.
  const server = tls.createServer({ ...credentials(name), ciphers: "DEFAULT:@SECLEVEL=0" }, (socket) => {
    socket.on("error", () => {}).end("hello");
  });
  server.on("tlsClientError", () => {});
  return listening(server);
}

/** A server that accepts connections and does nothing else. */
export async function mute(): Promise<Listening> {
  return listening(net.createServer());
}

/** Starts a server on a free port of loopback; disposing of it ends its connections too. */
export async function listening(server: Server): Promise<Listening> {
  const sockets: Socket[] = [];
  server.on("connection", (socket: Socket) => sockets.push(socket.on("error", () => {})));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

/** A connector that trusts the fixtures' authority. */
export function connectorWith(options: Partial<ConnectorOptions> = {}): Connector {
  return createConnector({
    connectMs: 10_000,
    profiles: { http: NATIVE, websocket: NATIVE },
    handshake: createHandshake(authoritiesWith(CA_FILE)),
    proxies: {},
    ...options,
  });
}

/** All that the other end says until it hangs up. */
export async function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (bytes: Buffer) => {
    text += bytes;
  });
  await once(socket, "close");
  return text;
}
