/**
 * Hooks around every call of an MCP tool, whoever makes it. Where the wire's feeder or Codex's own hooks have told of a call
 * that is about to be made (classic calls; code mode, where a person has approved ours) it is not told of again; of what
 * came of it only this place knows all, so it is told of here, and they keep silent.
 */
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import type { GatedCalls } from "../hooks/gated.ts";
import type { HookEvent, HookInput, Verdict } from "../hooks/hook.ts";
import type { Hooks } from "../hooks/index.ts";
import { outcomeOf } from "../hooks/native/response.ts";
import type { StoppedTurns } from "../hooks/stopped.ts";
import { type Judgement, judged } from "../hooks/tools/judgement.ts";
import { present } from "../hooks/tools/present.ts";
import type { Around, Caller, ToolCall } from "../mcp/mcp.ts";
import { refusal, replaced, withContext } from "./calls/result.ts";
import { type Transcript, turnInput } from "./hooks/input.ts";
import { stopped } from "./hooks/wording.ts";

export interface CallHookOptions {
  readonly hooks: Pick<Hooks, "events" | "fire" | "later">;
  readonly gated: GatedCalls;
  /** Turns that hooks have ended, though the client goes on with them. */
  readonly ended: StoppedTurns;
  readonly transcript: Transcript;
}

type Input = ToolCall["input"];

const EVENTS: readonly HookEvent[] = ["PreToolUse", "PostToolUse", "PostToolUseFailure"];
/** Who has broken a call off is not there any more, but hooks are to hear of it. */
const INTERRUPTED_MS = 60_000;

export function callHooks({ hooks, gated, ended, transcript }: CallHookOptions): Around {
  const fire = (call: ToolCall, input: Input, event: HookEvent, fields: object, signal = call.caller.signal) => {
    const told = { ...inputOf(call, transcript), tool_name: call.name, tool_input: input, ...fields };
    return hooks.fire(event, told, { project: call.caller.project, signal });
  };

  /** What a person is to know, and that the turn is to end here. */
  const heard = ({ caller }: ToolCall, messages: readonly string[], stop: string | undefined): void => {
    const session = sessionOf(caller);
    // Clients that name no conversation are many, and none is to hear what was meant for another.
    if (session !== "") hooks.later(session, messages);
    if (stop === undefined) return;
    for (const turn of [caller.turn, caller.request]) if (turn !== undefined) ended.note(turn, stop);
  };

  async function before(call: ToolCall): Promise<Judgement | undefined> {
    const presentation = present({ name: call.name, input: call.input }, call.caller.project);
    if (presentation === undefined) return undefined;
    const judgement = judged([await fire(call, call.input, "PreToolUse", {})], presentation);
    heard(call, judgement.messages, judgement.stop);
    return judgement;
  }

  async function after(call: ToolCall, input: Input, result: CallToolResult): Promise<Verdict> {
    const outcome = outcomeOf({ tool: call.name, input }, result, undefined);
    const verdict =
      "error" in outcome
        ? await fire(call, input, "PostToolUseFailure", { error: outcome.error, is_interrupt: false })
        : await fire(call, input, "PostToolUse", { tool_response: outcome.response });
    heard(call, verdict.messages, verdict.stop?.reason);
    return verdict;
  }

  function interrupted(call: ToolCall, input: Input, error: unknown): void {
    const fields = { error: error instanceof Error ? error.message : String(error), is_interrupt: true };
    void fire(call, input, "PostToolUseFailure", fields, AbortSignal.timeout(INTERRUPTED_MS));
  }

  return async (call, run) => {
    const { caller } = call;
    const thread = caller.thread ?? "";
    // Of a call within an answer nobody else knows; one that has its id is another.
    const id = caller.request === undefined ? caller.call : undefined;
    const told = id !== undefined && gated.take(thread, id);
    const events = hooks.events(caller.project);
    if (!EVENTS.some((event) => events.has(event))) return run(call.input);
    const judgement = told ? undefined : await before(call);
    // From here on nobody else needs to tell of what came of it: also of a denial, which is no result of the tool.
    if (id !== undefined) gated.note(thread, id, "PostToolUse");
    const { denied, context = [] } = judgement ?? {};
    if (denied !== undefined) return refusal(denied.trim() || stopped(""), context);
    const input = (judgement?.input as Input | undefined) ?? call.input;
    let result: CallToolResult;
    try {
      result = await run(input);
    } catch (error) {
      interrupted(call, input, error);
      throw error;
    }
    const { updatedOutput, context: behind, stop } = await after(call, input, result);
    const shown = updatedOutput === undefined ? result : replaced(result, updatedOutput);
    return withContext(shown, [...context, ...behind, ...(stop ? [stopped(stop.reason)] : [])], readsOne(caller));
  };
}

function inputOf({ caller }: ToolCall, transcript: Transcript): HookInput {
  const { project, thread, turn = "", call } = caller;
  const session = sessionOf(caller);
  return {
    ...turnInput({ thread: session, turn }, project, transcript),
    ...(thread !== undefined && thread !== session && { agent_id: thread }),
    ...(call !== undefined && { tool_use_id: call }),
  };
}

function sessionOf({ session, thread = "" }: Caller): string {
  return session ?? thread;
}

/** Codex (0.169) tells the model the structured content alone, where there is any. */
function readsOne({ client }: Caller): boolean {
  return client.startsWith("codex");
}
