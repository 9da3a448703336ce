/** What the verdicts on all that one call is to hooks come to for the call itself. */
import type { Verdict } from "../hook.ts";
import type { Presentation, Presented } from "./present.ts";

export interface Judgement {
  /** Why the call must not be made, as the model is told; undefined where it may. */
  readonly denied: string | undefined;
  /** The input in Codex's form, where hooks have changed it. */
  readonly input: unknown;
  /** What hooks are told of the call from here on: as it will be made. */
  readonly calls: readonly Presented[];
  /** For the model, behind the call's output. */
  readonly context: readonly string[];
  /** For the person. */
  readonly messages: readonly string[];
  /** The turn is to end here, for this reason. */
  readonly stop: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Any denial denies the whole call. Where nobody can be asked, `ask` and `defer` are denials that give their reason, as in
 * Claude Code's headless mode.
 * @param verdicts one for each call of the presentation
 */
export function judged(verdicts: readonly Verdict[], { calls, rewrite }: Presentation): Judgement {
  const changed = verdicts.some(({ updatedInput }) => updatedInput !== undefined);
  const inputs = calls.map(({ input }, index) => fieldsOf(verdicts[index]?.updatedInput) ?? input);
  const input = changed ? rewrite(inputs) : undefined;
  const stop = verdicts.find((verdict) => verdict.stop !== undefined)?.stop?.reason;
  return {
    denied: denialOf(verdicts, calls) ?? stop ?? (changed && input === undefined ? untold(calls) : undefined),
    input,
    calls: calls.map((call, index) => ({ ...call, input: inputs[index] ?? call.input })),
    context: verdicts.flatMap(({ context }) => context),
    messages: verdicts.flatMap(({ messages }) => messages),
    stop,
  };
}

function denialOf(verdicts: readonly Verdict[], calls: readonly Presented[]): string | undefined {
  for (const { block } of verdicts) if (block !== undefined) return block.reason;
  for (const [index, { decision, reason = "" }] of verdicts.entries()) {
    if (decision === "deny") return told(calls[index], reason);
    if (decision === "ask" || decision === "defer") {
      return told(calls[index], `a person would have to decide on it, and nobody can be asked here: ${reason}`);
    }
  }
  return undefined;
}

/** What a hook has made safe must not run as it was. */
function untold(calls: readonly Presented[]): string {
  return told(calls[0], "a hook has changed it to something that the client cannot be told");
}

function told(call: Presented | undefined, reason: string): string {
  return `PreToolUse:${call?.tool ?? ""} hook error: ${reason}`.trimEnd();
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
