/** What sets one event apart from another, for the engine: what its matcher tests, what plain output means, its time. */
import type { AnyEvent, HookInput } from "./hook.ts";

export interface EventFacts {
  /** What a matcher is tested against; undefined for events that take none, whose handlers always run. */
  readonly subject?: (input: HookInput) => string;
  /** Whether it is about one tool call, so that `if` works on it and texts name the tool. */
  readonly tool: boolean;
  /** Plain text on standard output is context for the model. */
  readonly plainContext: boolean;
  /** What exit code 2 and `decision: "block"` do: stop the action, tell the model beside what was done, or nothing. */
  readonly block: "action" | "feedback" | "none";
  /** Until a handler is ended, in ms, where it names no time itself. */
  readonly timeoutMs: number;
}

const MINUTES_10 = 600_000;
const plain = { tool: false, plainContext: false, block: "none", timeoutMs: MINUTES_10 } as const;
const field =
  (name: string) =>
  (input: HookInput): string => {
    const value = input[name];
    return typeof value === "string" ? value : "";
  };
const tool = { ...plain, tool: true, subject: field("tool_name") } as const;

export const EVENT_FACTS: Readonly<Record<AnyEvent, EventFacts>> = {
  SessionStart: { ...plain, subject: field("source"), plainContext: true },
  SessionEnd: { ...plain, subject: field("reason"), timeoutMs: 1500 },
  UserPromptSubmit: { ...plain, plainContext: true, block: "action", timeoutMs: 30_000 },
  UserPromptExpansion: { ...plain, subject: field("command_name"), plainContext: true, block: "action" },
  PreToolUse: { ...tool, block: "action" },
  PostToolUse: { ...tool, block: "feedback" },
  PostToolUseFailure: { ...tool, block: "feedback" },
  PermissionRequest: tool,
  Stop: { ...plain, block: "action" },
  SubagentStart: { ...plain, subject: field("agent_type") },
  SubagentStop: { ...plain, subject: field("agent_type"), block: "action" },
  PreCompact: { ...plain, subject: field("trigger"), block: "action" },
  PostCompact: { ...plain, subject: field("trigger") },
  Notification: { ...plain, subject: field("notification_type") },
  pre_input: { ...plain, block: "action", timeoutMs: 5000 },
  post_output: { ...plain, block: "action", timeoutMs: 1000 },
};
