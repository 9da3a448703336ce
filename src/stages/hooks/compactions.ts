/** Compactions: hooks are told of each before, when they may refuse it, and after. */
import type { HookEvent, Verdict } from "../../hooks/hook.ts";
import type { Frame } from "../../protocol/frame.ts";
import type { Metadata } from "../../protocol/head.ts";
import type { Item } from "../../protocol/request.ts";
import { reply } from "../../protocol/say.ts";
import type { Reply, Turn } from "../../turn.ts";
import { textOf } from "./said.ts";

export type Fire = (event: HookEvent, turn: Turn, fields: Readonly<Record<string, unknown>>) => Promise<Verdict>;

/** The refusal, if a hook has one. Codex shows only its text and does not try again (codex-wire 7.3). */
export async function beforeCompaction(turn: Turn, metadata: Metadata, fire: Fire): Promise<Reply | undefined> {
  if (isAgents(metadata)) return undefined;
  const fields = { trigger: triggerOf(metadata), custom_instructions: null };
  const { block, stop } = await fire("PreCompact", turn, fields);
  const reason = block?.reason ?? stop?.reason;
  if (reason === undefined) return undefined;
  const error = { code: "invalid_prompt", message: `Compaction blocked by PreCompact hook: ${reason.trim()}` };
  return reply(turn.head.wire, [{ type: "response.failed", response: { id: "", status: "failed", error } }]);
}

/** A compaction that comes to its end is told of before the client hears of that. */
export async function* watchCompaction(
  turn: Turn,
  source: AsyncIterable<Frame>,
  metadata: Metadata,
  fire: Fire,
): AsyncGenerator<Frame> {
  let summary = "";
  for await (const frame of source) {
    if (frame.type === "response.output_item.done") summary = textOf(frame.json()?.item as Item | undefined) || summary;
    else if (frame.type === "response.completed" && !isAgents(metadata)) {
      await fire("PostCompact", turn, { trigger: triggerOf(metadata), compact_summary: summary });
    }
    yield frame;
  }
}

/** A sub-agent's history is its own affair. */
function isAgents({ subagent_kind: kind, thread_source: source }: Metadata): boolean {
  return kind !== undefined || (source !== undefined && source !== "user");
}

/** Claude Code's word for what brought a compaction about. */
function triggerOf({ compaction }: Metadata): "manual" | "auto" {
  const named = typeof compaction === "object" && compaction !== null && "trigger" in compaction;
  return named && compaction.trigger === "manual" ? "manual" : "auto";
}
