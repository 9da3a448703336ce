/** What one handler has answered: its exit code and standard output, read as Claude Code reads them. */
import { z } from "zod";
import { EVENT_FACTS } from "./event-facts.ts";
import type { HookEvent, HookInput } from "./hook.ts";

/** What a handler came back with. */
export interface Ending {
  /** The exit code; undefined where it did not start, was killed, or is no process: then `failure` says why. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly failure?: string | undefined;
}

/** One handler's word, before it is merged with the others'. */
export interface Said {
  readonly block?: string | undefined;
  readonly decision?: "allow" | "deny" | "ask" | "defer" | undefined;
  readonly reason?: string | undefined;
  readonly updatedInput?: unknown;
  readonly updatedOutput?: unknown;
  readonly context: readonly string[];
  readonly stop?: string | undefined;
  readonly messages: readonly string[];
  readonly sessionTitle?: string | undefined;
  readonly initialUserMessage?: string | undefined;
  readonly suppressOriginalPrompt?: boolean | undefined;
  /** Why what it said could not be used; the action goes on. */
  readonly failure?: string | undefined;
}

const NOTHING: Said = { context: [], messages: [] };

const specificSchema = z.looseObject({
  hookEventName: z.string(),
  permissionDecision: z.enum(["allow", "deny", "ask", "defer"]).optional(),
  permissionDecisionReason: z.string().optional(),
  updatedInput: z.record(z.string(), z.unknown()).optional(),
  additionalContext: z.string().optional(),
  updatedToolOutput: z.unknown().optional(),
  updatedMCPToolOutput: z.unknown().optional(),
  decision: z
    .looseObject({
      behavior: z.enum(["allow", "deny"]),
      updatedInput: z.record(z.string(), z.unknown()).optional(),
      message: z.string().optional(),
    })
    .optional(),
  sessionTitle: z.string().optional(),
  initialUserMessage: z.string().optional(),
  suppressOriginalPrompt: z.boolean().optional(),
});

const outputSchema = z.looseObject({
  continue: z.boolean().optional(),
  stopReason: z.string().optional(),
  systemMessage: z.string().optional(),
  suppressOutput: z.boolean().optional(),
  decision: z.enum(["approve", "block"]).optional(),
  reason: z.string().optional(),
  hookSpecificOutput: specificSchema.optional(),
});
type Output = z.output<typeof outputSchema>;

/**
 * Reads what a handler came back with.
 * @param name how texts for people and the model call the handler: its command
 */
export function read(event: HookEvent, input: HookInput, name: string, ending: Ending, onFailure?: "block"): Said {
  const { code, stdout, stderr, failure } = ending;
  const json = outputOf(event, stdout);
  if (failure === undefined && json?.value !== undefined) return fromJson(event, input, json.value);
  if (code === 2) return blocked(event, input, `[${name}]: ${stderr}`, name);
  const wrong = failure ?? json?.wrong ?? (code === 0 ? undefined : notZero(ending));
  if (wrong !== undefined) {
    if (onFailure === "block" && event !== "Stop" && event !== "SubagentStop") {
      return { ...blocked(event, input, `[${name}]: ${wrong}`, name), failure: wrong };
    }
    return { ...NOTHING, failure: wrong };
  }
  const text = stdout.trim();
  if (text === "" || !EVENT_FACTS[event].plainContext) return NOTHING;
  return { ...NOTHING, context: [`${label(event, input)} hook success: ${text}`] };
}

/** `PreToolUse:Bash`, `SessionStart:startup`, `UserPromptSubmit`: how texts for the model name an event. */
export function label(event: HookEvent, input: HookInput): string {
  const subject = EVENT_FACTS[event].subject?.(input);
  return subject === undefined || subject === "" ? event : `${event}:${subject}`;
}

interface Read {
  readonly value?: Output;
  readonly wrong?: string;
}

function outputOf(event: HookEvent, stdout: string): Read | undefined {
  if (!stdout.trimStart().startsWith("{")) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(stdout);
  } catch (error) {
    // Text that only looks like JSON is text; a broken answer is told of.
    return { wrong: `its output is not JSON: ${error instanceof SyntaxError ? error.message : "unreadable"}` };
  }
  const checked = outputSchema.safeParse(parsed);
  if (!checked.success) return { wrong: `its output is not what a hook may answer: ${z.prettifyError(checked.error)}` };
  const named = checked.data.hookSpecificOutput?.hookEventName;
  if (named !== undefined && named !== event) {
    return { wrong: `its hookEventName is ${named}, not ${event}` };
  }
  return { value: checked.data };
}

function fromJson(event: HookEvent, input: HookInput, output: Output): Said {
  const specific = output.hookSpecificOutput;
  const messages = output.systemMessage === undefined ? [] : [output.systemMessage];
  const { additionalContext } = specific ?? {};
  const said: Said = {
    context: additionalContext ? [`${label(event, input)} hook additional context: ${additionalContext}`] : [],
    messages,
    updatedOutput: specific?.updatedToolOutput ?? specific?.updatedMCPToolOutput,
    sessionTitle: specific?.sessionTitle,
    initialUserMessage: specific?.initialUserMessage,
    suppressOriginalPrompt: specific?.suppressOriginalPrompt,
    stop: output.continue === false ? (output.stopReason ?? "") : undefined,
  };
  if (event === "PreToolUse") return { ...said, ...permission(event, input, output) };
  if (event === "PermissionRequest") {
    const { decision } = specific ?? {};
    return { ...said, decision: decision?.behavior, reason: decision?.message, updatedInput: decision?.updatedInput };
  }
  if (output.decision !== "block") return said;
  return { ...said, ...blocked(event, input, output.reason ?? "", undefined), context: said.context, messages };
}

function permission(event: HookEvent, input: HookInput, output: Output): Partial<Said> {
  const specific = output.hookSpecificOutput;
  const legacy = output.decision === undefined ? undefined : output.decision === "block" ? "deny" : "allow";
  const decision = specific?.permissionDecision ?? legacy;
  const reason = specific?.permissionDecisionReason ?? output.reason;
  const updatedInput = specific?.updatedInput;
  if (decision !== "deny") return { decision, reason, updatedInput };
  return { decision, reason, block: `${label(event, input)} hook error: ${reason ?? ""}` };
}

/** The texts that a block brings, as recorded of Claude Code. @param command undefined where JSON said it */
function blocked(event: HookEvent, input: HookInput, text: string, command: string | undefined): Said {
  if (EVENT_FACTS[event].block === "none") return { ...NOTHING, messages: [text] };
  if (EVENT_FACTS[event].block === "feedback") {
    const from = command === undefined ? "" : ` from command: "${command}"`;
    return { ...NOTHING, block: text, context: [`${label(event, input)} hook blocking error${from}: ${text}`] };
  }
  if (event === "PreToolUse") {
    return { ...NOTHING, decision: "deny", reason: text, block: `${label(event, input)} hook error: ${text}` };
  }
  if (event === "UserPromptSubmit" || event === "UserPromptExpansion") {
    const prompt = typeof input.prompt === "string" ? input.prompt : "";
    const shown = `${event} operation blocked by hook:\n${text}\n\nOriginal prompt: ${prompt}`;
    return { ...NOTHING, block: shown };
  }
  if (event === "Stop" || event === "SubagentStop") return { ...NOTHING, block: `Stop hook feedback:\n${text}` };
  return { ...NOTHING, block: text };
}

function notZero({ code, stderr }: Ending): string {
  const text = stderr.trim();
  return `it ended with exit code ${code ?? "none"}${text === "" ? "" : `: ${text}`}`;
}
