/** Which handlers an event reaches. */
import { EVENT_FACTS } from "./event-facts.ts";
import type { Handler, HookEvent, HookInput } from "./hook.ts";
import { matches } from "./matcher.ts";
import { fits } from "./rule.ts";

/**
 * Those whose matcher and `if` let the event through, in their order; what stands there several times runs once.
 * @param home the person's folder, for `~/` in rules
 */
export function select(
  handlers: readonly Handler[],
  event: HookEvent,
  input: HookInput,
  home: string,
): readonly Handler[] {
  const { subject, tool } = EVENT_FACTS[event];
  const seen = new Set<string>();
  return handlers.filter((handler) => {
    if (handler.event !== event) return false;
    if (subject !== undefined && !matches(handler.matcher, subject(input))) return false;
    const { if: rule, args = null } = handler.options;
    if (rule !== undefined && !(tool && fits(rule, input, home))) return false;
    const key = JSON.stringify([handler.kind, handler.name, args, rule ?? null]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
