/** The words in which the model and the person are told what hooks said: Claude Code's own, as recorded. */
import { EVENT_FACTS } from "./event-facts.ts";
import type { HookEvent, HookInput } from "./hook.ts";

/** `PreToolUse:Bash`, `SessionStart:startup`, `UserPromptSubmit`: how texts name an event. */
export function label(event: HookEvent, input: HookInput): string {
  const { tool, subject } = EVENT_FACTS[event];
  const about = tool || event === "SessionStart" ? subject?.(input) : undefined;
  return about === undefined || about === "" ? event : `${event}:${about}`;
}

/** Plain text that a hook printed, for the model. */
export function plainContext(event: HookEvent, input: HookInput, text: string): string {
  return `${label(event, input)} hook success: ${text}`;
}

/** What hooks gave as `additionalContext`, for the model. */
export function additionalContext(event: HookEvent, input: HookInput, text: string): string {
  const name = event === "SessionStart" ? event : label(event, input);
  return `${name} hook additional context: ${text}`;
}

/**
 * The texts that a block brings: `block` in the action's place, `told` beside an action that cannot be stopped.
 * @param command the handler's
 * @param text why
 */
export function blockTexts(
  event: HookEvent,
  input: HookInput,
  command: string,
  text: string,
): { readonly block: string; readonly told: string } {
  const name = label(event, input);
  const told =
    EVENT_FACTS[event].block === "feedback"
      ? `${name} hook blocking error from command: "${command}": ${text}`
      : `${name} hook error: ${text}`;
  return { block: blockText(event, input, text), told };
}

function blockText(event: HookEvent, input: HookInput, text: string): string {
  if (event === "UserPromptSubmit" || event === "UserPromptExpansion") {
    const original = typeof input.prompt === "string" ? `\n\nOriginal prompt: ${input.prompt}` : "";
    return `${event} operation blocked by hook:\n${text}${original}`;
  }
  if (event === "Stop" || event === "SubagentStop") return `Stop hook feedback:\n${text}`;
  return event === "PreToolUse" ? `${label(event, input)} hook error: ${text}` : text;
}
