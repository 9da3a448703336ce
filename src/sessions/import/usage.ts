/** Tokens and limits as rollout files tell them. */
import type { Limit, Usage } from "../ledger.ts";
import { type Fields, fieldsOf, numberOf, textOf } from "../recorder/digest/values.ts";

/** `{input_tokens, cached_input_tokens, output_tokens, reasoning_output_tokens}` */
export function usageOf(value: unknown): Usage | undefined {
  const fields = fieldsOf(value);
  const input = numberOf(fields.input_tokens);
  if (input === undefined) return undefined;
  return {
    input,
    cached: numberOf(fields.cached_input_tokens) ?? 0,
    output: numberOf(fields.output_tokens) ?? 0,
    reasoning: numberOf(fields.reasoning_output_tokens) ?? 0,
  };
}

/** `{limit_id?, primary: {used_percent, window_minutes, resets_at}, secondary}` of an event `token_count`. */
export function limitsOf(value: unknown): readonly Limit[] | undefined {
  const limits = fieldsOf(value);
  const family = textOf(limits.limit_id);
  const found = ["primary", "secondary"].flatMap((name) => {
    const window = fieldsOf(limits[name]);
    const usedPercent = numberOf(window.used_percent);
    if (usedPercent === undefined) return [];
    return {
      name: family === undefined || family === "codex" ? name : `${family}-${name}`,
      usedPercent,
      ...times(window),
    };
  });
  return found.length > 0 ? found : undefined;
}

function times(window: Fields): Pick<Limit, "windowMinutes" | "resetsAt"> {
  return { windowMinutes: numberOf(window.window_minutes), resetsAt: numberOf(window.resets_at) };
}
