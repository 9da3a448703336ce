/** From a client's request to the upstream's: the target, and the header fields that go there. */
import type { RawHeaders, Target } from "../contracts.ts";
import { endToEnd, replaced, withoutOurs } from "../protocol/headers.ts";
import type { Residency } from "../providers/residency.ts";
import type { Route } from "../providers/route.ts";
import type { Front } from "./front.ts";

export interface Aim {
  readonly to: Target;
  readonly headers: string[];
}

/** Answers at once, but for the first request of an account, which waits for its residency. */
export function aim(front: Front, route: Route, headers: RawHeaders, handshake: boolean): Aim | Promise<Aim> {
  if (route.provider !== "chatgpt") return aimed(route, headers, handshake, {});
  const residency = front.residency(headers);
  return residency instanceof Promise
    ? residency.then((found) => aimed(route, headers, handshake, found))
    : aimed(route, headers, handshake, residency);
}

/** @param handshake whether this is a WebSocket upgrade, whose Connection and Upgrade fields go up with the rest */
function aimed(route: Route, headers: RawHeaders, handshake: boolean, residency: Residency): Aim {
  const origin = residency.origin ?? route.origin;
  const kept = withoutOurs(handshake ? headers : endToEnd(headers));
  setHost(kept, origin.host);
  const { override } = residency;
  return {
    to: { origin, path: route.path },
    headers: override === undefined ? kept : replaced(kept, "x-openai-account-routing-override", override),
  };
}

/** Names the upstream in the place where the client named us. */
function setHost(headers: string[], host: string): void {
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).length === 4 && (headers[i] as string).toLowerCase() === "host") {
      headers[i + 1] = host;
      return;
    }
  }
  headers.push("host", host);
}
