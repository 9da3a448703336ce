/** Hooks written as modules: what such a file exports, and what its functions are given. */
import type { HookEvent, HookInput } from "./hook.ts";

/** A request about to go up. */
export interface PreInput {
  /** What the person typed in it; empty where it is a tool's output. */
  readonly prompt: string;
  readonly model: string;
  /** Codex's conversation id; empty where there is none. */
  readonly session: string;
  readonly cwd: string;
}

/** Nothing said: it goes up as it is. */
export type PreInputAnswer =
  | undefined
  /** Another text in the place of what was typed, now and whenever it comes again. */
  | { readonly prompt: string }
  /** Shown to the person; nothing goes up. */
  | { readonly answer: string }
  /** Told to the model beside the prompt. */
  | { readonly context: string };

/** An event of the stream coming down, as on the wire: `response.output_text.delta` and so on. */
export interface StreamEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** undefined: it passes; null: it is dropped; an event or several stand in its place; `end` ends the answer behind them. */
export type PostOutputAnswer =
  | undefined
  | null
  | StreamEvent
  | readonly StreamEvent[]
  | { readonly end: readonly StreamEvent[] };

/** Claude Code's JSON output; see docs/hooks.md. */
export interface HookOutput {
  readonly continue?: boolean;
  readonly stopReason?: string;
  readonly systemMessage?: string;
  readonly decision?: "block" | "approve";
  readonly reason?: string;
  readonly hookSpecificOutput?: { readonly hookEventName: HookEvent; readonly [field: string]: unknown };
}

type Answer<T> = T | Promise<T>;

export type HookDefinition = {
  /** For `codex-plus hooks`. */
  readonly description?: string;
  /** Of tool events: which tools, by Claude Code's rules. */
  readonly matcher?: string;
  /** Lower runs first. */
  readonly priority?: number;
  /** ms, for each call. */
  readonly timeout?: number;
  /** Which events `post_output` is shown; all where it is missing, which costs more. */
  readonly streamEvents?: readonly string[];
  pre_input?(input: PreInput): Answer<PreInputAnswer>;
  post_output?(event: StreamEvent, of: { readonly session: string; readonly model: string }): Answer<PostOutputAnswer>;
} & { readonly [Event in HookEvent]?: (input: HookInput) => Answer<HookOutput | undefined> };

/** Gives a hook's definition its type; `export default defineHook({…})`. */
export function defineHook(definition: HookDefinition): HookDefinition {
  return definition;
}
