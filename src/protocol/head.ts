/** What a request is for, and whose: read from the turn metadata (codex-wire 4.5), never from prose. */
import type { RawHeaders } from "../contracts.ts";
import type { Head, TurnKind, Wire } from "../turn.ts";
import { header } from "./headers.ts";
import { objectMembers } from "./json-spans.ts";

const METADATA = "x-codex-turn-metadata";
const PARENT = "x-codex-parent-thread-id";

/** The metadata of a turn: strings, mostly; whatever else Codex puts there is left alone. */
export interface Metadata {
  readonly request_kind?: unknown;
  readonly thread_source?: unknown;
  readonly subagent_kind?: unknown;
  readonly thread_id?: unknown;
  readonly session_id?: unknown;
  readonly forked_from_thread_id?: unknown;
  readonly parent_thread_id?: unknown;
  readonly turn_id?: unknown;
  readonly workspaces?: unknown;
  readonly [field: string]: unknown;
}

/** The `client_metadata` of a request's body: strings, but from outside. */
export type ClientMetadata = Readonly<Record<string, unknown>>;

/** What the body of a request tells of its turn, and where that says nothing the header field. */
export function metadataOf(headers: RawHeaders, client: ClientMetadata = {}): Metadata {
  const own = client[METADATA];
  return parseObject(typeof own === "string" ? own : header(headers, METADATA));
}

/** The head of an HTTP request, from its headers alone. */
export function httpHead(method: string, path: string, headers: RawHeaders): Head {
  return makeHead("sse", method, path, headers, {});
}

/**
 * The head of a `response.create` message. Only its `client_metadata` is parsed, not its 60 KB of input.
 * The fields of the upgrade are stale after the first message, so they serve only where the message says nothing.
 */
export function messageHead(path: string, headers: RawHeaders, message: Buffer): Head {
  const client: Record<string, unknown> = {};
  let generate = true;
  for (const member of objectMembers(message) ?? []) {
    const text = (): string => message.toString("utf8", member.start, member.end);
    if (member.key === "client_metadata") Object.assign(client, parseObject(text()));
    else if (member.key === "generate") generate = text() !== "false";
  }
  const head = makeHead("ws", "GET", path, headers, client);
  return generate ? head : { ...head, kind: "warmup" };
}

/** The head of a request whose `client_metadata` is known already. */
export function makeHead(wire: Wire, method: string, path: string, headers: RawHeaders, client: ClientMetadata): Head {
  const metadata = metadataOf(headers, client);
  const subagent = (client["x-openai-subagent"] ?? header(headers, "x-openai-subagent")) !== undefined;
  const thread =
    text(metadata.thread_id) ||
    text(client.thread_id) ||
    header(headers, "thread-id") ||
    text(metadata.session_id) ||
    header(headers, "session-id") ||
    header(headers, "session_id") ||
    "";
  const parents = [
    metadata.forked_from_thread_id,
    metadata.parent_thread_id,
    client[PARENT] ?? header(headers, PARENT),
    metadata.session_id,
  ].map(text);
  const cwd = firstKey(metadata.workspaces);
  return {
    wire,
    kind: kindOf(metadata, subagent),
    thread,
    parents: [...new Set(parents)].filter((parent) => parent !== "" && parent !== thread),
    turn: text(metadata.turn_id) || text(client.turn_id),
    ...(cwd === undefined ? {} : { cwd }),
    method,
    path,
    headers,
  };
}

/** Whether the client is Codex, in whatever program: it says so itself, or describes its turns. */
export function isCodex({ turn, headers }: Head): boolean {
  if (turn !== "" || header(headers, METADATA) !== undefined) return true;
  return ["originator", "user-agent"].some((name) => /^codex/i.test(header(headers, name) ?? ""));
}

/**
 * Human-driven is a request of kind "turn" (or of a client too old to say, or no Codex at all), without a sub-agent mark,
 * on a thread whose source is the user. All that is unknown is a side request, which no feature touches.
 */
function kindOf(metadata: Metadata, subagent: boolean): TurnKind {
  const { request_kind, thread_source, subagent_kind } = metadata;
  if (request_kind === "prewarm") return "warmup";
  if (request_kind === "compaction") return "compact";
  const human =
    (request_kind === undefined || request_kind === "turn") &&
    (thread_source === undefined || thread_source === "user") &&
    subagent_kind === undefined &&
    !subagent;
  return human ? "main" : "side";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function firstKey(value: unknown): string | undefined {
  return typeof value === "object" && value !== null ? Object.keys(value)[0] : undefined;
}

function parseObject(source: string | undefined): Record<string, unknown> {
  if (source === undefined) return {};
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
