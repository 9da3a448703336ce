/** WebSocket upgrades: admitted, routed, asked of upstream, and then a session; or refused in upstream's own words. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { RawHeaders } from "../contracts.ts";
import { type CodexPlusError, type ErrorCode, toCodexPlusError } from "../errors.ts";
import { without } from "../protocol/headers.ts";
import { aim } from "./aim.ts";
import { agreedDeflate } from "./deflate.ts";
import type { Front } from "./front.ts";
import { idsOf, nextId, pathOf } from "./record.ts";
import { sendRaw, sendRawError } from "./reply.ts";
import { Session } from "./ws-session.ts";

/** Codex answers a 426 by falling back to HTTP at once and silently; a 404 or 5xx costs seconds (codex-wire 7.1). */
const UPGRADE_REQUIRED = 426;
/** Faults of the upgrade itself: HTTP may still do, and these codes' own 400 would end the client's turn. */
const CANNOT_CARRY: ReadonlySet<ErrorCode> = new Set(["CP_UPSTREAM_PROTOCOL", "CP_INTERNAL"]);
/** Pieces of what a client says before it is answered that are kept before it is paused. */
const MOST_EARLY = 16;

/**
 * Handles an upgrade to its end.
 * @param opened told of a session that has begun, so that it can be ended when the proxy stops
 */
export async function handleUpgrade(
  front: Front,
  request: IncomingMessage,
  socket: Socket,
  rest: Buffer,
  url: string,
  opened: (session: Session) => void,
): Promise<void> {
  const headers = request.rawHeaders;
  const route = front.route(url, headers);
  const entry = front.records.begin({
    id: nextId(),
    started: performance.now(),
    method: "UPGRADE",
    endpoint: route.endpoint ?? pathOf(url),
    provider: route.provider,
    wire: "http",
    ...idsOf(headers),
  });
  socket.on("error", ignore);
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  socket.on("close", leave);
  // Only a socket that is read tells of its end. Nobody speaks before the 101, but what if somebody does is kept.
  const early: Buffer[] = [rest];
  const keep = (bytes: Buffer): unknown => early.push(bytes) > MOST_EARLY && socket.pause();
  socket.on("data", keep).on("end", leave);

  const refuse = (error: CodexPlusError): void => {
    entry.status = CANNOT_CARRY.has(error.code) ? UPGRADE_REQUIRED : error.row.status;
    sendRawError(socket, error, entry.id, entry.status);
    front.records.end(entry, "failed", error);
  };
  if (!front.transport.websocket) {
    entry.status = UPGRADE_REQUIRED;
    sendRaw(socket, UPGRADE_REQUIRED, "Upgrade Required", [], Buffer.alloc(0));
    front.records.end(entry, "refused");
    return;
  }
  /** Upstream's side, once it has switched. */
  let far: Duplex | undefined;
  try {
    const { to, headers: fields } = await aim(front, route, headers, true);
    const upgrade = await front.transport.upgrade({ to, method: "GET", headers: fields }, gone.signal);
    if (!upgrade.switched) {
      entry.status = upgrade.status;
      sendRaw(socket, upgrade.status, upgrade.reason, upgrade.headers, upgrade.body);
      front.records.end(entry, "refused");
      return;
    }
    far = upgrade.socket;
    if (gone.signal.aborted) {
      far.destroy();
      front.records.end(entry, "client gone");
      return;
    }
    const deflate = agreedDeflate(upgrade.headers, front.limits.messageBytes);
    entry.status = 101;
    front.records.end(entry, "done");
    socket.pause().off("close", leave).off("end", leave).off("data", keep);
    socket.setNoDelay(true);
    socket.write(switchingHead(upgrade.reason, upgrade.headers), "latin1");
    const session = new Session({ front, route, url, headers, client: socket, upstream: far, deflate });
    opened(session);
    session.link.start(Buffer.concat(early), upgrade.rest);
  } catch (error) {
    far?.destroy();
    if (entry.status === 101) {
      // Behind the 101 an HTTP error would be read as frames.
      front.log.error({ id: entry.id, err: error }, "a websocket failed to begin");
      socket.destroy();
    } else if (gone.signal.aborted) front.records.end(entry, "client gone");
    else refuse(toCodexPlusError(error));
  }
}

/** Upstream's 101 as it came, but for the compression, which is agreed on with each side by itself. */
function switchingHead(reason: string, headers: RawHeaders): string {
  const kept = without(headers, "sec-websocket-extensions");
  let head = `HTTP/1.1 101 ${reason || "Switching Protocols"}\r\n`;
  for (let i = 0; i < kept.length; i += 2) head += `${kept[i]}: ${kept[i + 1]}\r\n`;
  return `${head}\r\n`;
}

function ignore(): void {
  // The close that follows is what counts.
}
