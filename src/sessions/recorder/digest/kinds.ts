/** Codex's words for whose a thread is, on the wire and in its files. */
import type { ThreadKind } from "../../ledger.ts";

/** `thread_source` */
export const BY_SOURCE: Readonly<Record<string, ThreadKind>> = {
  user: "user",
  subagent: "subagent",
  thread_title: "title",
  guardian_review: "guardian",
  memory_consolidation: "memory",
  thread_sample: "sample",
};

/** `subagent_kind`, the field `x-openai-subagent` (which has other words for some), and `source.subagent` of a file. */
export const BY_SUBAGENT: Readonly<Record<string, ThreadKind>> = {
  review: "review",
  guardian: "guardian",
  memory_consolidation: "memory",
  thread_spawn: "subagent",
  collab_spawn: "subagent",
};
