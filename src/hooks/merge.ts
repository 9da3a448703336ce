/** The words of all handlers of an event as one verdict. */
import type { Handler, HookEvent, HookInput, Run, Verdict } from "./hook.ts";
import type { Said } from "./output.ts";
import { additionalContext, plainContext } from "./wording.ts";

/** What one handler said, and how its run went. */
export interface Word {
  readonly handler: Handler;
  readonly said: Said;
  readonly run: Run;
}

/** Which decision wins: deny > defer > ask > allow; of several that say the same, the last. */
const STRENGTH = ["allow", "ask", "defer", "deny"] as const;
/** Events whose contexts are told as one. */
const JOINED: readonly HookEvent[] = ["SessionStart", "PreToolUse"];

/**
 * Claude Code merges in the order in which hooks end; here it is the order in which they stand, so that the same hooks
 * say the same each time.
 * @param words in the order of the handlers
 */
export function merge(event: HookEvent, input: HookInput, words: readonly Word[]): Verdict {
  const strongest = words.reduce<Word | undefined>(
    (best, word) => (strength(word) >= Math.max(0, strength(best)) ? word : best),
    undefined,
  );
  const first = <Key extends keyof Said>(key: Key): Said[Key] | undefined =>
    words.find(({ said }) => said[key] !== undefined)?.said[key];
  const last = <Key extends keyof Said>(key: Key): Said[Key] | undefined =>
    words.findLast(({ said }) => said[key] !== undefined)?.said[key];
  const denied = strongest?.said.decision === "deny";
  const stop = first("stop");
  return {
    block: blockOf(event, denied && strongest !== undefined ? [strongest] : words),
    decision: strongest?.said.decision,
    reason: strongest?.said.reason,
    // What is denied is not rewritten.
    updatedInput: denied ? undefined : last("updatedInput"),
    updatedOutput: last("updatedOutput"),
    context: contextOf(event, input, words),
    stop: stop === undefined ? undefined : { reason: stop },
    messages: [...new Set(words.flatMap(({ said }) => said.messages))],
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

/** The first that blocks; where the model goes on because of it, all that do. */
function blockOf(event: HookEvent, words: readonly Word[]): Verdict["block"] {
  const blocks = words.flatMap(({ handler, said }) =>
    said.block === undefined ? [] : [{ handler, reason: said.block }],
  );
  const [block] = blocks;
  if (block === undefined || (event !== "Stop" && event !== "SubagentStop")) return block;
  return { handler: block.handler, reason: blocks.map(({ reason }) => reason).join("\n\n") };
}

function contextOf(event: HookEvent, input: HookInput, words: readonly Word[]): string[] {
  if (!JOINED.includes(event)) return words.flatMap(({ said }) => contextsOf(event, input, said));
  const additional = words.flatMap(({ said }) => said.additional ?? []).join("\n");
  const plain = words.flatMap(({ said: { additional: _, ...rest } }) => contextsOf(event, input, rest));
  return additional === "" ? plain : [...plain, additionalContext(event, input, additional)];
}

function contextsOf(event: HookEvent, input: HookInput, { feedback, plain, additional }: Said): string[] {
  return [
    ...(feedback === undefined ? [] : [feedback]),
    ...(plain === undefined ? [] : [plainContext(event, input, plain)]),
    ...(additional === undefined ? [] : [additionalContext(event, input, additional)]),
  ];
}
