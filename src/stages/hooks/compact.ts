/** Compactions: told of before, which may refuse one, and after. */
import type { Metadata } from "../../protocol/head.ts";
import { reply } from "../../protocol/say.ts";
import type { Reply, Wire } from "../../turn.ts";

/** Claude Code's word for what brought a compaction about. */
export function triggerOf({ compaction }: Metadata): "manual" | "auto" {
  const manual =
    typeof compaction === "object" && compaction !== null && "trigger" in compaction && compaction.trigger === "manual";
  return manual ? "manual" : "auto";
}

export function compactInput(metadata: Metadata): Readonly<Record<string, unknown>> {
  return { trigger: triggerOf(metadata), custom_instructions: null };
}

/** A compaction that does not take place. Codex shows only the text and does not try again (codex-wire 7.3). */
export function refusal(wire: Wire, reason: string): Reply {
  const error = { code: "invalid_prompt", message: reason };
  return reply(wire, [{ type: "response.failed", response: { id: "", status: "failed", error } }]);
}
