/** A sample of each event, as hooks are told of it, with what a person says of it in the place of what is made up. */
import { readFile } from "node:fs/promises";
import type { OptionValues } from "commander";
import { CodexPlusError } from "../../errors.ts";
import type { HookEvent, HookInput } from "../../hooks/hook.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The session that hooks are told of. */
export const SESSION = "00000000-0000-7000-8000-000000000000";

const TOOL = { tool_name: "Bash", tool_input: { command: "echo hello" } };
const RESULT = { stdout: "hello", stderr: "", interrupted: false, isImage: false, noOutputExpected: false };
const SAID = { last_assistant_message: "Done." };
const AGENT = { agent_id: "agent-sample", agent_type: "default" };

/** What each event has of its own. */
const SAMPLES: Readonly<Record<HookEvent, Fields>> = {
  SessionStart: { source: "startup" },
  SessionEnd: { reason: "other" },
  UserPromptSubmit: { prompt: "Hello" },
  UserPromptExpansion: {
    expansion_type: "slash_command",
    command_name: "review",
    command_args: "",
    command_source: "project",
    prompt: "/review",
  },
  PreToolUse: { ...TOOL, tool_use_id: "call_sample" },
  PostToolUse: { ...TOOL, tool_use_id: "call_sample", tool_response: RESULT },
  PostToolUseFailure: { ...TOOL, tool_use_id: "call_sample", error: "Exit code 1", is_interrupt: false },
  PermissionRequest: TOOL,
  Stop: { stop_hook_active: false, ...SAID, background_tasks: [], session_crons: [] },
  SubagentStart: AGENT,
  SubagentStop: { ...AGENT, stop_hook_active: false, ...SAID },
  PreCompact: { trigger: "manual", custom_instructions: null },
  PostCompact: { trigger: "manual", compact_summary: "" },
  Notification: { message: "Codex waits for you", notification_type: "idle_prompt" },
};
const WITHOUT_MODE: readonly HookEvent[] = ["SessionStart", "SessionEnd", "Notification"];
const TOOL_EVENTS: readonly HookEvent[] = ["PreToolUse", "PostToolUse", "PostToolUseFailure", "PermissionRequest"];

/** @throws CodexPlusError CP_USAGE for a flag that the event knows nothing of, or that is not JSON */
export async function sampleOf(
  event: HookEvent,
  flags: OptionValues,
  { cwd, transcript }: { readonly cwd: string; readonly transcript: string },
): Promise<HookInput> {
  const { tool, input, response, prompt, source, set = [] } = flags;
  if ((tool ?? input ?? response) !== undefined && !TOOL_EVENTS.includes(event)) {
    throw new CodexPlusError("CP_USAGE", `${event} is about no tool call: --tool, --input and --response mean nothing`);
  }
  if (prompt !== undefined && !("prompt" in SAMPLES[event])) {
    throw new CodexPlusError("CP_USAGE", `${event} brings no prompt: --prompt means nothing`);
  }
  const subject = "reason" in SAMPLES[event] ? "reason" : "trigger" in SAMPLES[event] ? "trigger" : "source";
  return {
    session_id: SESSION,
    transcript_path: transcript,
    cwd,
    ...(WITHOUT_MODE.includes(event) ? {} : { permission_mode: "default" }),
    ...SAMPLES[event],
    ...(tool === undefined ? {} : { tool_name: tool, ...(input === undefined && { tool_input: {} }) }),
    ...(input === undefined ? {} : { tool_input: await jsonOf("--input", input) }),
    ...(response === undefined ? {} : { tool_response: await jsonOf("--response", response) }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(source === undefined ? {} : { [subject]: source }),
    ...Object.fromEntries(await Promise.all((set as string[]).map(field))),
  };
}

/** `name=JSON`, or `name=text`. */
async function field(given: string): Promise<[string, unknown]> {
  const at = given.indexOf("=");
  if (at < 1) throw new CodexPlusError("CP_USAGE", `--set ${given} is not NAME=VALUE`);
  const [name, value] = [given.slice(0, at), given.slice(at + 1)];
  return [name, await jsonOf("--set", value).catch(() => value)];
}

async function jsonOf(flag: string, given: string): Promise<unknown> {
  try {
    return JSON.parse(given.startsWith("@") ? await readFile(given.slice(1), "utf8") : given);
  } catch (error) {
    throw new CodexPlusError("CP_USAGE", `${flag} is not JSON: ${(error as Error).message}`);
  }
}
