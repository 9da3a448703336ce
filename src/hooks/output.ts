/** What one handler has answered: its exit code and standard output, read as Claude Code reads them. */
import { z } from "zod";
import { EVENT_FACTS } from "./event-facts.ts";
import type { Handler, HookEvent, HookInput } from "./hook.ts";
import { blockTexts, label } from "./wording.ts";

/** What a handler came back with. */
export interface Ending {
  /** The exit code; undefined where it did not start, was killed, or is no process: then `failure` says why. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly failure?: string | undefined;
  readonly timedOut?: boolean;
  /** It goes on in the background, and ends so; what stands above says nothing then. */
  readonly later?: Promise<Ending>;
}

/** One handler's word, before it is merged with the others'. */
export interface Said {
  readonly block?: string | undefined;
  readonly decision?: "allow" | "deny" | "ask" | "defer" | undefined;
  readonly reason?: string | undefined;
  readonly updatedInput?: unknown;
  readonly updatedOutput?: unknown;
  /** For the model, worded: why it objects to what has been done. */
  readonly feedback?: string | undefined;
  /** For the model, as it was printed: plain text. */
  readonly plain?: string | undefined;
  /** For the model, as it was printed: `additionalContext`. */
  readonly additional?: string | undefined;
  readonly stop?: string | undefined;
  readonly systemMessage?: string | undefined;
  /** For the person, worded. */
  readonly messages: readonly string[];
  readonly sessionTitle?: string | undefined;
  readonly initialUserMessage?: string | undefined;
  readonly suppressOriginalPrompt?: boolean | undefined;
  /** Why what it said could not be used; the action goes on, unless the handler says otherwise. */
  readonly failure?: string | undefined;
}

const NOTHING: Said = { messages: [] };
/** Of a shell that could not run the command. */
const NOT_RUN = [126, 127];

const specificSchema = z.looseObject({
  hookEventName: z.string({ error: "hookSpecificOutput has no hookEventName" }),
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

/** Reads what a handler came back with. A JSON answer counts whatever the exit code is; 2 blocks also without its word. */
export function read(event: HookEvent, input: HookInput, handler: Handler, ending: Ending): Said {
  const { code, stdout, stderr, failure } = ending;
  const json = failure === undefined ? jsonOf(event, stdout) : undefined;
  const said = json?.value === undefined ? undefined : fromJson(event, input, handler, json.value);
  if (code === 2) {
    if (said !== undefined && (said.block !== undefined || said.feedback !== undefined)) return said;
    const block = blocked(event, input, handler, `[${handler.name}]: ${stderr || "No stderr output"}`);
    return { ...said, ...block, messages: [...(said?.messages ?? []), ...block.messages] };
  }
  if (said !== undefined) return said;
  const why = failure ?? json?.wrong ?? (code === 0 ? undefined : notZero(ending));
  if (why !== undefined) {
    if (blocksOnFailure(event, handler)) return { ...failedClosed(event, input, handler, ending, why), failure: why };
    const ran = failure === undefined && json === undefined && !NOT_RUN.includes(code ?? 0);
    return { messages: event === "PreToolUse" && !ran ? [noVerdict(ending)] : [], failure: why };
  }
  const text = stdout.trim();
  return text === "" || !EVENT_FACTS[event].plainContext ? NOTHING : { ...NOTHING, plain: text };
}

interface Json {
  readonly value?: Output;
  /** Why it is not what a hook may answer. */
  readonly wrong?: string;
}

/** undefined where it is plain text. */
function jsonOf(event: HookEvent, stdout: string): Json | undefined {
  const text = stdout.trim();
  if (!text.startsWith("{")) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Text may begin with a brace; what also ends with one was meant to be JSON.
    return text.endsWith("}") ? { wrong: "its output looks like JSON and is none" } : undefined;
  }
  const checked = outputSchema.safeParse(parsed);
  if (!checked.success) return { wrong: `its output is not what a hook may answer: ${z.prettifyError(checked.error)}` };
  const named = checked.data.hookSpecificOutput?.hookEventName;
  if (named !== undefined && named !== event) return { wrong: `its hookEventName is ${named}, not ${event}` };
  return { value: checked.data };
}

function fromJson(event: HookEvent, input: HookInput, handler: Handler, output: Output): Said {
  const { hookSpecificOutput: specific, systemMessage, decision } = output;
  const said: Said = {
    additional: specific?.additionalContext || undefined,
    systemMessage,
    messages: systemMessage ? [`${label(event, input)} says: ${systemMessage}`] : [],
    sessionTitle: specific?.sessionTitle,
    initialUserMessage: specific?.initialUserMessage,
    suppressOriginalPrompt: specific?.suppressOriginalPrompt,
    stop: output.continue === false ? (output.stopReason ?? "") : undefined,
  };
  if (event === "PreToolUse") return { ...said, ...permission(event, input, handler, output) };
  if (event === "PermissionRequest") {
    const { behavior, message, updatedInput } = specific?.decision ?? {};
    return { ...said, decision: behavior, reason: message, updatedInput };
  }
  const replaced = event === "PostToolUse" ? replacement(input, specific ?? {}) : {};
  if (decision !== "block") return { ...said, ...replaced };
  const hidden = said.suppressOriginalPrompt ? { ...input, prompt: undefined } : input;
  const { messages, ...block } = blocked(event, hidden, handler, output.reason || "Blocked by hook");
  return { ...said, ...replaced, ...block, messages: [...said.messages, ...messages] };
}

function permission(event: HookEvent, input: HookInput, handler: Handler, output: Output): Partial<Said> {
  const { permissionDecision, permissionDecisionReason, updatedInput } = output.hookSpecificOutput ?? {};
  // A block of the old form stands, whatever the new form says beside it.
  const old = output.decision === "block" ? "deny" : output.decision === "approve" ? "allow" : undefined;
  const decision = old === "deny" ? old : (permissionDecision ?? old);
  const [first, second] = [permissionDecisionReason, output.reason];
  const reason = (old === "deny" ? second || first : first || second) || undefined;
  if (decision !== "deny") return { decision, reason, updatedInput };
  const { block, reason: why } = blocked(event, input, handler, reason ?? "Blocked by hook");
  return { decision, reason: why, block };
}

/** What the model sees of the tool's output instead. Claude Code takes it for its own tools only in the tool's own shape. */
function replacement(input: HookInput, specific: Partial<z.output<typeof specificSchema>>): Partial<Said> {
  const { updatedToolOutput: updated, updatedMCPToolOutput: remote } = specific;
  if (input.tool_name?.startsWith("mcp__")) return { updatedOutput: remote ?? updated };
  if (updated === undefined || !isObject(input.tool_response) || isObject(updated)) return { updatedOutput: updated };
  return { failure: "its updatedToolOutput has not the shape of the tool's output" };
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param text why, as the handler said it */
function blocked(event: HookEvent, input: HookInput, { name }: Handler, text: string): Said {
  const { block, told } = blockTexts(event, input, name, text);
  if (EVENT_FACTS[event].block === "none") return { messages: [told] };
  if (EVENT_FACTS[event].block === "feedback") return { ...NOTHING, block: text, feedback: told };
  return event === "PreToolUse" ? { ...NOTHING, decision: "deny", reason: text, block } : { ...NOTHING, block };
}

function blocksOnFailure(event: HookEvent, { options }: Handler): boolean {
  return options.onFailure === "block" && event !== "Stop" && event !== "SubagentStop";
}

/** The handler wants its failure to block. What was typed is not repeated then, as recorded. */
function failedClosed(event: HookEvent, input: HookInput, handler: Handler, ending: Ending, why: string): Said {
  const how = ending.timedOut ? "timed out" : "failed";
  const more = ending.timedOut ? "" : `\n${ending.stderr.trim() || why}`;
  const text = `[${handler.name}]: ${how}; blocking because onFailure is "block"${more}`;
  return blocked(event, { ...input, prompt: undefined }, handler, text);
}

/** As recorded: where a guard gives no verdict, a person is told that there was none. */
function noVerdict({ timedOut }: Ending): string {
  const what = timedOut ? "A hook didn't answer in time" : "A hook gave no usable answer";
  return `${what}, so it didn't check this action.`;
}

function notZero({ code, stderr }: Ending): string {
  const text = stderr.trim();
  return `it ended with exit code ${code ?? "none"}${text === "" ? "" : `: ${text}`}`;
}
