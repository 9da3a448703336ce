/** What the first line of a rollout file, `session_meta`, tells of its thread. */
import type { ThreadFacts, ThreadKind } from "../ledger.ts";
import { BY_SOURCE, BY_SUBAGENT } from "../recorder/digest/kinds.ts";
import { type Fields, fieldsOf, numberOf, textOf } from "../recorder/digest/values.ts";

/** Where the history of a fork ends that lies in its parent's file (0.16x and newer; before, it is copied). */
export interface Base {
  readonly thread: string;
  /** The parent's lines of a lower ordinal are the fork's too. */
  readonly end: number;
}

/** @param name the thread's id as the file's name has it, for a file without a first line */
export function threadFacts(meta: Fields, name: string): ThreadFacts {
  const id = textOf(meta.id) ?? name;
  const kind = kindOf(meta);
  const spawn = fieldsOf(fieldsOf(fieldsOf(meta.source).subagent).thread_spawn);
  const parent = textOf(meta.parent_thread_id) ?? textOf(spawn.parent_thread_id);
  const agent = textOf(meta.agent_path) ?? textOf(spawn.agent_path);
  return {
    id,
    kind,
    root: kind === "user" ? id : (textOf(meta.session_id) ?? parent ?? id),
    parent,
    forkedFrom: textOf(meta.forked_from_id),
    agent: agent === "/root" ? undefined : agent,
    client: textOf(meta.originator),
    clientVersion: textOf(meta.cli_version),
    cwd: textOf(meta.cwd),
    commit: textOf(fieldsOf(meta.git).commit_hash),
    source: "codex",
  };
}

/** `source` is a word (`cli`, `exec`, `vscode`) or `{subagent: "review" | {thread_spawn} | {other: "guardian"}}`. */
function kindOf({ source, thread_source }: Fields): ThreadKind {
  const { subagent } = fieldsOf(source);
  if (subagent !== undefined) {
    const word = textOf(subagent) ?? textOf(fieldsOf(subagent).other) ?? Object.keys(fieldsOf(subagent))[0];
    return BY_SUBAGENT[word ?? ""] ?? "other";
  }
  if (typeof thread_source !== "string") return "user";
  return BY_SOURCE[thread_source] ?? "other";
}

export function baseOf({ history_base }: Fields): Base | undefined {
  const thread = textOf(fieldsOf(history_base).thread_id);
  const end = numberOf(fieldsOf(history_base).end_ordinal_exclusive);
  return thread === undefined || end === undefined ? undefined : { thread, end };
}
