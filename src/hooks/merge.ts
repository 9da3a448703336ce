/** The words of all handlers of an event as one verdict. */
import type { Handler, Run, Verdict } from "./hook.ts";
import type { Said } from "./output.ts";

/** What one handler said, and how its run went. */
export interface Word {
  readonly handler: Handler;
  readonly said: Said;
  readonly run: Run;
}

/** Which decision wins: deny > defer > ask > allow. */
const STRENGTH = ["allow", "ask", "defer", "deny"] as const;

/** @param words in the order of the handlers, whenever each of them answered */
export function merge(words: readonly Word[]): Verdict {
  let strongest: Word | undefined;
  for (const word of words) {
    if (strength(word) > strength(strongest)) strongest = word;
  }
  const first = <Key extends keyof Said>(key: Key): Said[Key] | undefined =>
    words.find(({ said }) => said[key] !== undefined)?.said[key];
  const last = words.findLast(({ said }) => said.updatedInput !== undefined);
  const blocking = strongest?.said.decision === "deny" ? strongest : words.find(({ said }) => said.block !== undefined);
  const stop = first("stop");
  return {
    block: blocking?.said.block === undefined ? undefined : { reason: blocking.said.block, handler: blocking.handler },
    decision: strongest?.said.decision,
    reason: strongest?.said.reason,
    // What is denied is not rewritten.
    updatedInput: strongest?.said.decision === "deny" ? undefined : last?.said.updatedInput,
    updatedOutput: first("updatedOutput"),
    context: words.flatMap(({ said }) => said.context),
    stop: stop === undefined ? undefined : { reason: stop },
    messages: words.flatMap(({ said }) => said.messages),
    sessionTitle: first("sessionTitle"),
    initialUserMessage: first("initialUserMessage"),
    suppressOriginalPrompt: first("suppressOriginalPrompt"),
    runs: words.map(({ run }) => run),
  };
}

function strength(word: Word | undefined): number {
  const decision = word?.said.decision;
  return decision === undefined ? -1 : STRENGTH.indexOf(decision);
}
