/** Code that is loaded with its first request. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { toCodexPlusError } from "../errors.ts";
import { nextId } from "./record.ts";
import { sendError } from "./reply.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A handler that is made when it is first needed, so that the proxy need not wait for it when it starts. */
export function whenAsked(make: () => Promise<Handler>): Handler {
  let made: Promise<Handler> | undefined;
  return (request, response) => {
    made ??= make();
    made
      .then((handler) => handler(request, response))
      .catch((error: unknown) => sendError(response, toCodexPlusError(error), nextId()));
  };
}
