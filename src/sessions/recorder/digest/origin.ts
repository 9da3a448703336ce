/** Whose a request is: client, conversation and what that belongs to (codex-wire 3, 4.5). */
import { type ClientMetadata, type Metadata, makeHead, metadataOf } from "../../../protocol/head.ts";
import { header } from "../../../protocol/headers.ts";
import type { Head } from "../../../turn.ts";
import type { LegKind, ThreadFacts, ThreadKind } from "../../ledger.ts";
import type { Begun } from "../notes.ts";
import { BY_SOURCE, BY_SUBAGENT } from "./kinds.ts";
import { fieldsOf, textOf } from "./values.ts";

const PARENT = "x-codex-parent-thread-id";
const SUBAGENT = "x-openai-subagent";
const LEG_KINDS: Readonly<Record<Head["kind"], LegKind>> = {
  main: "turn",
  side: "side",
  warmup: "warmup",
  compact: "compact",
};

/** `history_initialization`: `warm_fork`, `cold_fork`. */
const FORKED = /_fork$/;

export interface Origin {
  readonly thread: ThreadFacts;
  /** Whether the client named the conversation; the thread's id is ours otherwise. */
  readonly named: boolean;
  readonly turn: string | undefined;
  readonly trigger: string | undefined;
  readonly kind: LegKind;
  /** The effort of this very turn, where the client tells it. */
  readonly effort: string | undefined;
}

/**
 * @param client the `client_metadata` of the request's body; undefined where there is no body to read
 * @param generate what the body's field of that name says: nothing is to be generated for a warmup
 * @param newThread an id for the conversation of a client that names none
 */
export function originOf(
  { wire, path, headers, provider }: Begun,
  client: ClientMetadata | undefined,
  generate: boolean,
  newThread: string,
): Origin {
  const metadata = metadataOf(headers, client);
  const head = makeHead(wire, "", path, headers, client ?? {});
  // The fields of a WebSocket are those of its first message: of a later one without a body they tell the thread only.
  const stale = wire === "ws" && client === undefined;
  const id = head.thread || newThread;
  const kind = kindOf(metadata, textOf(client?.[SUBAGENT]) ?? header(headers, SUBAGENT));
  const parent = textOf(metadata.parent_thread_id) ?? textOf(client?.[PARENT]) ?? header(headers, PARENT);
  const history = textOf(metadata.history_initialization) ?? "";
  const root = kind === "user" ? id : (textOf(metadata.session_id) ?? header(headers, "session-id") ?? parent ?? id);
  return {
    thread: {
      id,
      kind,
      root,
      parent: parent ?? (root === id ? undefined : root),
      // A sub-agent that is given its parent's history is told of as a fork, but not of what.
      forkedFrom: textOf(metadata.forked_from_thread_id) ?? (FORKED.test(history) ? parent : undefined),
      agent: metadata.agent_name === "/root" ? undefined : textOf(metadata.agent_name),
      ...clientOf(headers),
      provider,
      cwd: head.cwd,
      commit: commitOf(metadata, head.cwd),
      source: "wire",
    },
    named: head.thread !== "",
    turn: stale ? undefined : textOf(head.turn),
    trigger: stale ? undefined : textOf(metadata.turn_trigger),
    kind: stale ? "turn" : generate ? LEG_KINDS[head.kind] : "warmup",
    effort: textOf(metadata.reasoning_effort),
  };
}

function kindOf({ thread_source: source, subagent_kind }: Metadata, mark: string | undefined): ThreadKind {
  const subagent = textOf(subagent_kind) ?? mark;
  if (subagent !== undefined && (source === undefined || source === "subagent"))
    return BY_SUBAGENT[subagent] ?? "other";
  if (source === undefined) return "user";
  return (typeof source === "string" ? BY_SOURCE[source] : undefined) ?? "other";
}

/** `codex_exec/0.169.0 (Debian…) xterm (…)`, `OpenAI/JS 6.1.0`: the first product, and the first number behind it. */
const AGENT = /^([^\s/(]+(?:\/[A-Za-z]+)?)(?:[\s/]+v?(\d[^\s;,)]*))?/;

function clientOf(headers: Begun["headers"]): Pick<ThreadFacts, "client" | "clientVersion"> {
  const [, product, version] = AGENT.exec(header(headers, "user-agent") ?? "") ?? [];
  return {
    client: textOf(header(headers, "originator")) ?? textOf(product),
    clientVersion: textOf(header(headers, "version")) ?? textOf(version),
  };
}

function commitOf({ workspaces }: Metadata, cwd: string | undefined): string | undefined {
  return cwd === undefined ? undefined : textOf(fieldsOf(fieldsOf(workspaces)[cwd]).latest_git_commit_hash);
}
