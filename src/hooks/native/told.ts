/** What Codex writes to a hook's standard input (0.169), and the fields of it that every event of ours has. */
import { z } from "zod";
import type { HookInput } from "../hook.ts";

const toldSchema = z.looseObject({
  hook_event_name: z.string(),
  session_id: z.string(),
  cwd: z.string(),
  /** Codex's own record of the conversation, which is no transcript in Claude Code's form. */
  transcript_path: z.string().nullish(),
  turn_id: z.string().optional(),
  tool_name: z.string().exactOptional(),
  tool_use_id: z.string().exactOptional(),
});
export type Told = z.output<typeof toldSchema>;

/** undefined for what no Codex would say. */
export function readTold(value: unknown): Told | undefined {
  const { success, data } = toldSchema.safeParse(value);
  return success ? data : undefined;
}

/** Events whose input has no permission mode in Claude Code. */
const WITHOUT_MODE = new Set(["SessionEnd", "Notification"]);

/** The event as Claude Code's hooks are told it. @param transcript the path of the conversation in Claude Code's form */
export function inputOf(told: Told, transcript: string): HookInput {
  const { hook_event_name: event, turn_id, model: _, permission_mode: mode, transcript_path: __, ...rest } = told;
  return {
    ...rest,
    transcript_path: transcript,
    ...(turn_id !== undefined && { prompt_id: turn_id }),
    ...(typeof mode === "string" && !WITHOUT_MODE.has(event) && { permission_mode: mode }),
  };
}
