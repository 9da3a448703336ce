/** Rate limits as an answer tells them: in its fields (codex-wire 8), in `codex.rate_limits` events, in `error` events. */
import type { RawHeaders } from "../../../contracts.ts";
import type { Limit } from "../../ledger.ts";
import { fieldsOf, numberOf } from "./values.ts";

const FIELD = /^x-(?:codex-)?((?:.+-)?(?:primary|secondary))-(used-percent|window-minutes|reset-at)$/;

export function limitsOfFields(headers: RawHeaders): Limit[] {
  const found = new Map<string, Record<string, number>>();
  for (let i = 0; i < headers.length; i += 2) {
    const [, name = "", field = ""] = FIELD.exec(headers[i]?.toLowerCase() ?? "") ?? [];
    const value = numberOf(headers[i + 1]);
    if (name === "" || value === undefined) continue;
    found.set(name, { ...found.get(name), [field]: value });
  }
  return [...found].flatMap(([name, fields]) =>
    limit(name, fields["used-percent"], fields["window-minutes"], fields["reset-at"]),
  );
}

/** @param headers the `headers` object of an `error` event */
export function limitsOfError(headers: unknown): Limit[] {
  return limitsOfFields(Object.entries(fieldsOf(headers)).flatMap(([name, value]) => [name, String(value)]));
}

/** @param limits the `rate_limits` object of a `codex.rate_limits` event */
export function limitsOfEvent(limits: unknown): Limit[] {
  return Object.entries(fieldsOf(limits)).flatMap(([name, value]) => {
    const { used_percent, window_minutes, reset_at } = fieldsOf(value);
    return limit(name, numberOf(used_percent), numberOf(window_minutes), numberOf(reset_at));
  });
}

function limit(name: string, usedPercent?: number, windowMinutes?: number, resetsAt?: number): Limit[] {
  return usedPercent === undefined ? [] : [{ name, usedPercent, windowMinutes, resetsAt }];
}
