/**
 * The words of hooks: events, what a handler is told, what it may answer. Formats are Claude Code's (2.1.328 as recorded);
 * `pre_input` and `post_output` are the wire's own.
 */

/** Events of Claude Code that are fired here. Others in a settings file are told of, and never run. */
export const EVENTS = [
  "SessionStart",
  "SessionEnd",
  "UserPromptSubmit",
  "UserPromptExpansion",
  "PreToolUse",
  "PostToolUse",
  "PostToolUseFailure",
  "PermissionRequest",
  "Stop",
  "SubagentStart",
  "SubagentStop",
  "PreCompact",
  "PostCompact",
  "Notification",
] as const;
export type HookEvent = (typeof EVENTS)[number];

/** Events of the wire, for modules and kept processes only. */
export const WIRE_EVENTS = ["pre_input", "post_output"] as const;
export type WireHookEvent = (typeof WIRE_EVENTS)[number];
export type AnyEvent = HookEvent | WireHookEvent;

/** What a handler reads from its standard input, but for what the engine adds (`hook_event_name`). */
export interface HookInput {
  readonly session_id: string;
  /** A JSONL file in Claude Code's shape. */
  readonly transcript_path: string;
  readonly cwd: string;
  readonly prompt_id?: string;
  readonly permission_mode?: string;
  readonly effort?: { readonly level: string };
  readonly agent_id?: string;
  readonly agent_type?: string;
  /** Of tool events. */
  readonly tool_name?: string;
  readonly tool_input?: unknown;
  readonly tool_use_id?: string;
  readonly tool_response?: unknown;
  /** The other fields of the event, as in Claude Code: `prompt`, `source`, `reason`, `stop_hook_active`… */
  readonly [field: string]: unknown;
}

/** Where an event happens. */
export interface Where {
  /** The folder that the client started in: whose settings count, and CLAUDE_PROJECT_DIR. */
  readonly project: string;
  readonly signal: AbortSignal;
}

/** One handler of a settings file, or a module or kept process in a hooks folder. */
export interface Handler {
  readonly event: AnyEvent;
  /** As it stands in the file; undefined for all. */
  readonly matcher: string | undefined;
  readonly kind: "command" | "http" | "module" | "process";
  /** The command, the address or the file: what a person recognises it by, and what duplicates are found by. */
  readonly name: string;
  /** The file it stands in. */
  readonly file: string;
  readonly layer: "managed" | "local" | "project" | "user" | "plus-project" | "plus-user";
  /** ms; undefined for the event's default. */
  readonly timeoutMs: number | undefined;
  readonly options: HandlerOptions;
}

export interface HandlerOptions {
  /** Exec form: present, even empty, means no shell. */
  readonly args?: readonly string[] | undefined;
  readonly shell?: string | undefined;
  readonly async?: boolean | undefined;
  readonly asyncRewake?: boolean | undefined;
  /** One permission rule; tool events only. */
  readonly if?: string | undefined;
  readonly onFailure?: "block" | undefined;
  readonly statusMessage?: string | undefined;
  /** http */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly allowedEnvVars?: readonly string[] | undefined;
  /** modules and processes: lower runs first */
  readonly priority?: number | undefined;
  /** The types of event that `post_output` is shown; undefined for all. */
  readonly streamEvents?: readonly string[] | undefined;
}

/** How one run of a handler went: for the log, `/hooks` and `codex-plus hooks`. */
export interface Run {
  readonly handler: Handler;
  readonly at: number;
  readonly ms: number;
  readonly outcome: "ok" | "blocked" | "failed" | "timeout" | "async";
  /** What a person should know of it: the reason, or what went wrong. */
  readonly note?: string | undefined;
}

/** What all handlers of one event have said together. Texts for the model are worded as Claude Code words them. */
export interface Verdict {
  /** The action must not go on; on Stop and SubagentStop: it must. */
  readonly block?: { readonly reason: string; readonly handler: Handler } | undefined;
  /** PreToolUse (deny > defer > ask > allow) and PermissionRequest. */
  readonly decision?: "allow" | "deny" | "ask" | "defer" | undefined;
  readonly reason?: string | undefined;
  /** Replaces the tool's whole input. */
  readonly updatedInput?: unknown;
  /** Replaces what the model sees of a tool's output. */
  readonly updatedOutput?: unknown;
  /** For the model, in the order of the handlers. */
  readonly context: readonly string[];
  /** `continue: false`: the turn ends here, with this reason. */
  readonly stop?: { readonly reason: string } | undefined;
  /** For the person. */
  readonly messages: readonly string[];
  readonly sessionTitle?: string | undefined;
  readonly initialUserMessage?: string | undefined;
  readonly suppressOriginalPrompt?: boolean | undefined;
  readonly runs: readonly Run[];
}

/** A handler or file that cannot be used, and why. */
export interface Problem {
  readonly file: string;
  readonly what: string;
  /** A PreToolUse or PermissionRequest handler is missing because of it: somebody may rely on it. */
  readonly guards: boolean;
}

/** All that would run in a folder. */
export interface HookSet {
  readonly handlers: readonly Handler[];
  readonly problems: readonly Problem[];
  /** Files of the project with handlers in them that are not trusted (their handlers are not in `handlers`). */
  readonly untrusted: readonly {
    readonly file: string;
    readonly digest: string;
    readonly changed: boolean;
    readonly handlers: readonly Handler[];
  }[];
}
