/**
 * What Codex (0.169) takes from a hook. Its parser is strict: an unknown key, a decision without its reason or an
 * `allow` that changes nothing makes it drop the whole answer and go on, so only these forms are ever said.
 */
import type { Verdict } from "../hook.ts";
import { judged } from "../tools/judgement.ts";
import type { Presentation } from "../tools/present.ts";
import { replacedOutput } from "../tools/result.ts";

/** One line of JSON for Codex; empty where there is nothing to say. */
export type NativeAnswer = Readonly<Record<string, unknown>>;

export const NOTHING: NativeAnswer = {};

/** The answer to PreToolUse. @param verdicts one for each call of the presentation */
export function beforeTool(verdicts: readonly Verdict[], presentation: Presentation): NativeAnswer {
  const { denied, input } = judged(verdicts, presentation);
  if (denied !== undefined) {
    const reason = denied.trim() || "a hook has ended the turn";
    return answer(verdicts, "PreToolUse", { permissionDecision: "deny", permissionDecisionReason: reason });
  }
  const changed = input === undefined ? {} : { permissionDecision: "allow", updatedInput: input };
  return answer(verdicts, "PreToolUse", changed);
}

/** The answer to PermissionRequest: allowed only where every call was, and where nothing would have to be changed. */
export function onRequest(verdicts: readonly Verdict[]): NativeAnswer {
  const denial = verdicts.find(({ decision }) => decision === "deny");
  if (denial !== undefined) {
    const message = denial.reason?.trim() || "a hook denied it";
    return answer(verdicts, "PermissionRequest", { decision: { behavior: "deny", message } });
  }
  const allowed = verdicts.every(({ decision, updatedInput }) => decision === "allow" && updatedInput === undefined);
  return answer(verdicts, "PermissionRequest", allowed ? { decision: { behavior: "allow" } } : {});
}

/**
 * The answer to PostToolUse. Feedback goes as context, which stands beside the tool's output; `decision: "block"` would
 * take the output's place, and is how an output is replaced (in code mode the program then ends with that text).
 */
export function afterTool(verdicts: readonly Verdict[]): NativeAnswer {
  const replaced = verdicts.filter(({ updatedOutput }) => updatedOutput !== undefined);
  const output = replaced.map(({ updatedOutput }) => replacedOutput(updatedOutput)).join("\n");
  const said = answer(verdicts, "PostToolUse", {});
  const stop = verdicts.find((verdict) => verdict.stop !== undefined)?.stop;
  if (stop !== undefined)
    return { ...said, continue: false, stopReason: stop.reason.trim() || "a hook has ended the turn" };
  if (replaced.length === 0) return said;
  return { ...said, decision: "block", reason: output.trim() === "" ? "(the output was taken out by a hook)" : output };
}

/** The answer to SubagentStop: blocked means that the agent goes on. */
export function afterAgent(verdict: Verdict): NativeAnswer {
  const { block, stop, context } = verdict;
  const said = universal([verdict]);
  if (stop !== undefined) return { ...said, continue: false, stopReason: stop.reason.trim() || "a hook has ended it" };
  const reason = [block?.reason ?? "", ...context].join("\n").trim();
  return reason === "" ? said : { ...said, decision: "block", reason };
}

/** The answer to an event that only takes context. */
export function withContext(verdict: Verdict, event: string): NativeAnswer {
  return answer([verdict], event, {});
}

/** The answer to an event that nothing can be done about: only what a person is to see. */
export function universal(verdicts: readonly Verdict[]): NativeAnswer {
  const messages = verdicts.flatMap(({ messages }) => messages);
  return messages.length === 0 ? NOTHING : { systemMessage: messages.join("\n") };
}

function answer(verdicts: readonly Verdict[], event: string, specific: Record<string, unknown>): NativeAnswer {
  // PermissionRequest has no place for context.
  const context = event === "PermissionRequest" ? [] : verdicts.flatMap(({ context }) => context);
  const all = { ...specific, ...(context.length > 0 && { additionalContext: context.join("\n") }) };
  const said = universal(verdicts);
  return Object.keys(all).length === 0 ? said : { ...said, hookSpecificOutput: { hookEventName: event, ...all } };
}
