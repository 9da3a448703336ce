/** HTTP requests: admitted, routed, and relayed raw, unless a stage wants to see the turn. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { plan } from "../engine.ts";
import { type CodexPlusError, toCodexPlusError } from "../errors.ts";
import { httpHead } from "../protocol/head.ts";
import { tapsOf } from "../taps.ts";
import type { Stage } from "../turn.ts";
import { type Aim, aim } from "./aim.ts";
import type { Front } from "./front.ts";
import { HttpRelay } from "./http-relay.ts";
import { runHttpTurn } from "./http-turn.ts";
import { type Close, idsOf, nextId, pathOf } from "./record.ts";
import { type Http, hasBody, logged, refuse } from "./request.ts";

/** Handles requests that are to go up. @param url the path without a token it may have carried */
export function handleHttp(front: Front, request: IncomingMessage, response: ServerResponse, url: string): void {
  const headers = request.rawHeaders;
  const route = front.route(url, headers);
  const method = request.method ?? "GET";
  const isTurn = method === "POST" && route.endpoint === "/responses";
  const entry = front.records.begin({
    id: nextId(),
    started: performance.now(),
    method,
    endpoint: route.endpoint ?? pathOf(url),
    provider: route.provider,
    wire: isTurn ? "sse" : "http",
    ...idsOf(headers),
  });
  const head = isTurn ? httpHead(method, url, headers) : undefined;
  const leftOut = (stage: Stage, err: unknown): void =>
    front.log.error({ id: entry.id, stage: stage.name, err }, "a stage failed and was left out of the turn");
  const tap = head && tapsOf(front.stages, head, entry, leftOut);
  let failure: CodexPlusError | undefined;
  const http: Http = { front, request, response, entry, route, tap, fail: (error) => (failure = error) };
  request.on("error", ignore);
  response.on("error", ignore);
  response.on("close", () => {
    if (head !== undefined) Object.assign(entry, logged(head));
    front.records.end(entry, closeOf(response, failure), failure, tap);
  });

  if (head !== undefined && front.stages.length > 0) {
    const chosen = plan(front.stages, head, leftOut);
    if (chosen.needs !== "nothing") {
      withAim(http, (aimed) => runHttpTurn(http, head, chosen, aimed));
      return;
    }
  }
  withAim(http, (aimed) => passThrough(http, aimed));
}

function withAim(http: Http, go: (aimed: Aim) => void): void {
  const aimed = aim(http.front, http.route, http.request.rawHeaders, false);
  if (aimed instanceof Promise) aimed.then(go).catch((error: unknown) => refuse(http, toCodexPlusError(error)));
  else go(aimed);
}

/** The raw path: the request's bytes up as they come, the response's down. */
function passThrough(http: Http, aimed: Aim): void {
  const { front, request, response, entry, tap } = http;
  if (response.destroyed) return;
  const body = hasBody(request) ? "stream" : undefined;
  const learns = front.stages.length > 0 && entry.wire === "sse";
  const relay = new HttpRelay(http, (head) => {
    if (learns) front.memory.remember(request.rawHeaders, head.headers);
  });
  // The body begins to flow in the next tick; asked for before the exchange begins, so that its first bytes leave with
  // the head in one write.
  if (body === "stream") {
    request.on("data", (chunk: Buffer) => {
      entry.bytesUp += chunk.length;
      if (!exchange.write(chunk)) request.pause();
      tap?.asked(chunk);
    });
    request.on("end", () => {
      exchange.end(request.rawTrailers);
      tap?.arrived();
    });
  } else tap?.arrived();
  const exchange = front.transport.request({ to: aimed.to, method: entry.method, headers: aimed.headers, body }, relay);
  relay.exchange = exchange;
  response.on("close", () => {
    if (!response.writableFinished) exchange.abort();
  });
}

function closeOf(response: ServerResponse, failure: CodexPlusError | undefined): Close {
  if (failure !== undefined) return failure.code === "CP_UPSTREAM_CUT" ? "upstream cut" : "failed";
  return response.writableFinished ? "done" : "client gone";
}

function ignore(): void {
  // Node reports a client's leaving as an error too; the close that follows is what counts.
}
