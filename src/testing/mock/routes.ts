/** What each HTTP request is answered with. */
import type { ServerResponse } from "node:http";
import { decodeBody } from "../../protocol/decode.ts";
import type { Item } from "../events.ts";
import { accountAnswer, type Residency } from "./account.ts";
import { appsAnswer } from "./apps.ts";
import { isRecord } from "./ask.ts";
import { type Backend, fieldOf, type Json } from "./backend.ts";
import { send } from "./http.ts";
import { catalogue } from "./models.ts";
import type { SeenRequest } from "./record.ts";
import { type Answer, failure } from "./script.ts";
import { usualHeaders } from "./usual.ts";

const LARGEST_BODY = 256 * 1024 ** 2;

/** Whether a request is for the model, whatever stands before. */
export function isResponses({ path }: SeenRequest): boolean {
  return path.replace(/\?.*$/, "").endsWith("/responses");
}

/** The answer to everything that is not for the model. */
export function plainAnswer(
  request: SeenRequest,
  options: { readonly models?: readonly unknown[]; readonly residency?: Residency },
): Answer {
  const { method } = request;
  const path = request.path.replace(/\?.*$/, "");
  if (method === "GET" && path.endsWith("/models")) return catalogue(options.models ?? []);
  if (method === "POST" && path.endsWith("/alpha/search")) return { body: { output: "Nothing was found." } };
  if (method === "POST" && path.endsWith("/ps/mcp")) return appsAnswer(request.body);
  if (isResponses(request)) return { status: 405, body: { detail: "Method Not Allowed" } };
  return accountAnswer(method, path, options.residency) ?? { status: 404, body: { detail: "Not Found" } };
}

/** A Responses request over HTTP: answered by a stream, or by one JSON body where the client asks for that. */
export async function respond(backend: Backend, request: SeenRequest, response: ServerResponse): Promise<void> {
  if (fieldOf(request, "authorization") === undefined) {
    await send(response, failure(401, { type: "invalid_request_error", message: "Missing bearer authentication" }));
    return;
  }
  const body = await decoded(request);
  if (!body) {
    const message = "the body is no JSON object, or in an encoding that cannot be read";
    backend.record.violation(`sse: ${message}`);
    await send(response, failure(400, { type: "invalid_request_error", message }));
    return;
  }
  const { ask, answer, turn } = await backend.hear(request, "sse", request.body, body);
  const full = answer.steps && !answer.headers ? { ...answer, headers: usualHeaders(ask, backend.limits) } : answer;
  const shaped = body.stream === true ? full : await oneBody(full);
  const end = await send(response, shaped, (bytes) => backend.sent(turn, bytes));
  backend.end(turn, end);
}

async function decoded(request: SeenRequest): Promise<Json | undefined> {
  try {
    const bytes = await decodeBody(request.body, fieldOf(request, "content-encoding"), LARGEST_BODY);
    const value: unknown = JSON.parse(bytes.toString());
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The response object of a stream's last event, with the items that the stream carried. */
async function oneBody(answer: Answer): Promise<Answer> {
  if (!answer.steps) return answer;
  const output: Item[] = [];
  let response: unknown;
  for await (const step of answer.steps) {
    if (!("type" in step)) continue;
    if (step.type === "response.output_item.done") output.push(step.item as Item);
    response = step.response ?? response;
  }
  const { steps: _, headers: __, ...rest } = answer;
  return { ...rest, body: { ...(isRecord(response) ? response : {}), output } };
}
