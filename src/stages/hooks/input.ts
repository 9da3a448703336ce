/** What every hook is told of the turn it is run in, as Claude Code tells it. */
import type { HookInput } from "../../hooks/hook.ts";
import type { Head, Turn } from "../../turn.ts";

/** Where a thread's conversation lies as Claude Code would have written it. */
export type Transcript = (thread: string, cwd: string) => string;

/** For events that happen outside of a turn. */
export function threadInput(thread: string, project: string, transcript: Transcript): HookInput {
  return { session_id: thread, transcript_path: transcript(thread, project), cwd: project };
}

/** For events that a person's turn brings about. */
export function turnInput(
  { thread, turn }: Pick<Head, "thread" | "turn">,
  project: string,
  transcript: Transcript,
): HookInput {
  const prompt = turn === "" ? {} : { prompt_id: turn };
  return { ...threadInput(thread, project, transcript), ...prompt, permission_mode: "default" };
}

/** How hard the model is to think, where the request says so. */
export function effortOf({ request }: Turn): Pick<HookInput, "effort"> {
  const reasoning = request.field("reasoning");
  if (typeof reasoning !== "object" || reasoning === null || !("effort" in reasoning)) return {};
  return typeof reasoning.effort === "string" ? { effort: { level: reasoning.effort } } : {};
}
