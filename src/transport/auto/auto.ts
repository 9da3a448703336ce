/**
 * The auto transport: Codex's own handshake, and a browser's where Cloudflare's challenge stands in the way.
 * A challenged request that can be repeated is tried once on the second transport; when that is answered properly, its host
 * is remembered and goes there at once. WebSockets to such a host are answered 426, on which Codex turns to HTTP.
 */
import type { Transport, Upgrade } from "../../contracts.ts";
import type { Logger } from "../../log.ts";
import { isChallenge } from "./challenge.ts";
import { SecondTry, type Ways } from "./exchange.ts";
import { createMemory, type Memory } from "./memory.ts";

export interface AutoOptions {
  /** Codex's handshake. */
  readonly first: Transport;
  /** The browser's. */
  readonly second: Transport;
  /** Whether the second can be used here at all; asked only when it is needed. */
  readonly available: () => Promise<boolean>;
  readonly log: Logger;
  readonly memory?: Memory;
}

/** A transport, and the hosts that need the second way. */
export interface AutoTransport extends Transport {
  challenged(): string[];
}

export function createAutoTransport({
  first,
  second,
  available,
  log,
  memory = createMemory(),
}: AutoOptions): AutoTransport {
  const ways: Ways = {
    first,
    second,
    passed(host) {
      memory.add(host);
      log.warn({ host, transport: second.name }, "Cloudflare challenged us; a browser's handshake was let through");
    },
    failed(host, reason) {
      log.warn({ host, transport: second.name, reason }, "Cloudflare challenged us; its challenge is relayed");
    },
  };
  return {
    name: "auto",
    websocket: true,
    request(request, sink) {
      if (memory.has(request.to.origin.host)) return second.request(request, sink);
      return new SecondTry(ways, request, sink);
    },
    async upgrade(request, signal) {
      if (memory.has(request.to.origin.host)) return UPGRADE_REQUIRED;
      const answer = await first.upgrade(request, signal);
      if (answer.switched || !isChallenge(answer.status, answer.headers) || !(await available())) return answer;
      log.warn({ host: request.to.origin.host }, "Cloudflare challenged a WebSocket; the client is asked to use HTTP");
      return UPGRADE_REQUIRED;
    },
    close() {
      first.close();
      second.close();
    },
    challenged: () => memory.hosts(),
  };
}

/** Codex goes over to HTTP on a 426, at once and for the rest of its session. */
const UPGRADE_REQUIRED: Upgrade = {
  switched: false,
  status: 426,
  reason: "Upgrade Required",
  headers: ["content-length", "0"],
  body: Buffer.alloc(0),
};
