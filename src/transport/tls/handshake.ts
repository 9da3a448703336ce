/** A TLS client handshake in the shape of a profile, over a socket that is connected already. */
import { once } from "node:events";
import { isIP, type Socket } from "node:net";
import tls from "node:tls";
import { checkIdentity } from "./identity.ts";
import type { TlsProfile } from "./profiles.ts";

/**
 * @returns the secured socket; `socket` belongs to it from then on
 * @throws what Node throws, when the handshake or the certificate fails or `signal` aborts; both sockets are destroyed then
 */
export type Handshake = (
  socket: Socket,
  host: string,
  profile: TlsProfile,
  signal: AbortSignal,
) => Promise<tls.TLSSocket>;

/** @param authorities PEM certificates to trust in place of Node's own store; undefined for that store */
export function createHandshake(authorities: readonly string[] | undefined): Handshake {
  // Reading a few hundred authorities takes milliseconds, so each profile's context is made once.
  const contexts = new Map<TlsProfile, tls.SecureContext>();

  function contextOf(profile: TlsProfile): tls.SecureContext {
    const known = contexts.get(profile);
    if (known !== undefined) return known;
    const { ciphers, sigalgs, ecdhCurve, minVersion, secureOptions } = profile.options;
    const context = tls.createSecureContext({
      ciphers,
      sigalgs,
      ecdhCurve,
      minVersion,
      secureOptions,
      ...(authorities === undefined ? {} : { ca: [...authorities] }),
    });
    contexts.set(profile, context);
    return context;
  }

  return async (socket, host, profile, signal) => {
    // No session is ever offered. Codex's two profiles were seen not to resume either, and a resumed hello has another JA4.
    const secured = tls.connect({
      ...profile.options,
      socket,
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      secureContext: contextOf(profile),
      checkServerIdentity: checkIdentity,
    });
    try {
      await once(secured, "secureConnect", { signal });
      return secured;
    } catch (cause) {
      secured.on("error", () => {}).destroy();
      socket.on("error", () => {}).destroy();
      throw cause;
    }
  };
}
