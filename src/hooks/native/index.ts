/**
 * The feeder of what only Codex knows: calls inside code mode, permission requests, subagents, notifications and the
 * end of a session. Codex's own hooks tell of them; here they become events in Claude Code's form, and what was said to
 * those an answer that Codex takes.
 */
import type { Logger } from "../../log.ts";
import type { GatedCalls } from "../gated.ts";
import type { HookEvent, HookInput, Verdict, Where } from "../hook.ts";
import type { StoppedTurns } from "../stopped.ts";
import { named, type ToolNames } from "../tools/names.ts";
import { type CodexCall, type Presentation, type Presented, present } from "../tools/present.ts";
import {
  afterAgent,
  afterTool,
  beforeTool,
  type NativeAnswer,
  NOTHING,
  onRequest,
  universal,
  withContext,
} from "./answer.ts";
import { exitCodeOf } from "./exit-code.ts";
import { outcomeOf } from "./response.ts";
import { inputOf, readTold, type Told } from "./told.ts";

export interface NativeFeederOptions {
  /** The engine. */
  readonly hooks: {
    listens(project: string, event: HookEvent): boolean;
    fire(event: HookEvent, input: HookInput, where: Where): Promise<Verdict>;
  };
  readonly gated: GatedCalls;
  /** Turns that a hook has ended: Codex goes on with those of its code mode. */
  readonly ended: StoppedTurns;
  /** The path of a conversation's transcript in Claude Code's form. */
  readonly transcript: (session: string, cwd: string) => string;
  /** Undefined where nobody knows more of MCP tools than Codex. */
  readonly names?: ToolNames | undefined;
  readonly log: Logger;
}

/** Answers what Codex wrote to a hook's standard input. Never throws. */
export type NativeFeeder = (stdin: unknown, signal: AbortSignal) => Promise<NativeAnswer>;

const NOTIFICATION_MS = 600_000;

export function createNativeFeeder(options: NativeFeederOptions): NativeFeeder {
  const { hooks, gated, ended, transcript, names, log } = options;

  const plain = async (event: HookEvent, told: Told, signal: AbortSignal): Promise<Verdict> =>
    hooks.fire(event, inputOf(told, transcript(told.session_id, told.cwd)), { project: told.cwd, signal });

  const agent = (told: Told, signal: AbortSignal): Promise<Verdict> => {
    const { agent_id: id } = told;
    const path = typeof id === "string" ? { agent_transcript_path: transcript(id, told.cwd) } : {};
    return plain("SubagentStop", { ...told, ...path }, signal);
  };

  const presented = async (told: Told): Promise<Presentation | undefined> =>
    present(await named(callOf(told), told.cwd, names), told.cwd);

  const heard = (told: Told, verdicts: readonly Verdict[]): readonly Verdict[] => {
    const stop = verdicts.find((verdict) => verdict.stop !== undefined)?.stop;
    if (stop !== undefined && told.turn_id !== undefined) ended.note(told.turn_id, stop.reason);
    return verdicts;
  };

  /** One event for each thing that the call is to hooks: a patch of three files is three. */
  const each = (
    told: Told,
    calls: readonly Presented[],
    eventOf: (call: Presented) => { readonly event: HookEvent; readonly fields: Readonly<Record<string, unknown>> },
    signal: AbortSignal,
  ): Promise<Verdict[]> => {
    const { tool_response: _, ...input } = inputOf(told, transcript(told.session_id, told.cwd));
    return Promise.all(
      calls.map((call) => {
        const { event, fields } = eventOf(call);
        const whole = { ...input, cwd: call.cwd ?? told.cwd, tool_name: call.tool, tool_input: call.input, ...fields };
        return hooks.fire(event, whole, { project: told.cwd, signal });
      }),
    );
  };

  const before = async (told: Told, signal: AbortSignal): Promise<NativeAnswer> => {
    if (!hooks.listens(told.cwd, "PreToolUse")) return NOTHING;
    const presentation = await presented(told);
    if (presentation === undefined || !claimed(gated, told, "PreToolUse")) return NOTHING;
    const verdicts = await each(told, presentation.calls, () => ({ event: "PreToolUse", fields: {} }), signal);
    return beforeTool(heard(told, verdicts), presentation);
  };

  const request = async (told: Told, signal: AbortSignal): Promise<NativeAnswer> => {
    const presentation = await presented(told);
    if (presentation === undefined || !hooks.listens(told.cwd, "PermissionRequest")) return NOTHING;
    const { description } = fieldsOf(told.tool_input);
    const calls = presentation.calls.map((call) =>
      typeof description === "string" ? { ...call, input: { ...call.input, description } } : call,
    );
    const verdicts = await each(told, calls, () => ({ event: "PermissionRequest", fields: {} }), signal);
    return onRequest(verdicts);
  };

  /** Codex has no such event of its own; a person is about to be asked, which nothing waits for here. */
  const notify = async (told: Told): Promise<void> => {
    const { tool_name, tool_input: _, ...rest } = told;
    const tool = (await presented(told))?.calls[0]?.tool ?? tool_name;
    const message = `Codex needs your permission to use ${tool}`;
    const fields = { ...rest, hook_event_name: "Notification", message, notification_type: "permission_prompt" };
    await plain("Notification", fields, AbortSignal.timeout(NOTIFICATION_MS));
  };

  const after = async (told: Told, signal: AbortSignal): Promise<NativeAnswer> => {
    if (!hooks.listens(told.cwd, "PostToolUse") && !hooks.listens(told.cwd, "PostToolUseFailure")) return NOTHING;
    const presentation = await presented(told);
    if (presentation === undefined || !claimed(gated, told, "PostToolUse")) return NOTHING;
    const shell = presentation.calls.some(({ tool }) => tool === "Bash") && told.tool_name !== "apply_patch";
    const { tool_use_id: id, transcript_path: record } = told;
    const code = shell && id !== undefined && record ? await exitCodeOf(record, id) : undefined;
    const eventOf = (call: Presented): { event: HookEvent; fields: Readonly<Record<string, unknown>> } => {
      const outcome = outcomeOf(call, told.tool_response, code);
      if ("error" in outcome)
        return { event: "PostToolUseFailure", fields: { error: outcome.error, is_interrupt: false } };
      return { event: "PostToolUse", fields: { tool_response: outcome.response } };
    };
    return afterTool(heard(told, await each(told, presentation.calls, eventOf, signal)));
  };

  const answer = async (told: Told, signal: AbortSignal): Promise<NativeAnswer> => {
    const { hook_event_name: event } = told;
    if (event === "PreToolUse") return before(told, signal);
    if (event === "PermissionRequest") {
      const said = await request(told, signal);
      if (!("hookSpecificOutput" in said)) void notify(told);
      return said;
    }
    if (event === "PostToolUse") return after(told, signal);
    if (event === "SubagentStart") return withContext(await plain(event, told, signal), event);
    if (event === "SubagentStop") return afterAgent(await agent(told, signal));
    if (event === "SessionEnd") {
      gated.note(told.session_id, "", event);
      return universal([await plain(event, told, signal)]);
    }
    return NOTHING;
  };

  return async (stdin, signal) => {
    const told = readTold(stdin);
    if (told === undefined) return NOTHING;
    try {
      return await answer(told, signal);
    } catch (error) {
      log.error({ event: told.hook_event_name, error }, "a hook event of Codex could not be answered");
      return NOTHING;
    }
  };
}

/** False where another feeder, or a second registration of ours, has fired it already. */
function claimed(gated: GatedCalls, told: Told, event: "PreToolUse" | "PostToolUse"): boolean {
  const { tool_use_id: id, session_id: session, agent_id: agent } = told;
  // A sub-agent's session is that of its root; its own thread is named beside it.
  return id === undefined || gated.claim(typeof agent === "string" ? agent : session, id, event);
}

/** Namespaces that Codex's hooks write right before a tool's name: `collaborationspawn_agent`. */
const NAMESPACE = /^(?:functions|collaboration|multi_agent_v\d+)(?=[a-z])/;

/** The call as Codex's hooks name it: `Bash`, `apply_patch`, `mcp__server__tool`… */
function callOf({ tool_name = "", tool_input: input }: Told): CodexCall {
  return { name: tool_name.replace(NAMESPACE, ""), input };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
