/** What the real backend says around every reply: limits, turn state, the model that answers. */
import type { WireEvent } from "../events.ts";
import { ev, type LimitWindow } from "../events.ts";
import type { Ask } from "./script.ts";

/** The usage limits that the mock reports. */
export interface Limits {
  readonly primary: LimitWindow;
  readonly secondary?: LimitWindow;
}

export const DEFAULT_LIMITS: Limits = {
  primary: { usedPercent: 12, windowMinutes: 300, resetAt: 1_795_400_000 },
  secondary: { usedPercent: 34, windowMinutes: 10_080, resetAt: 1_795_900_000 },
};

/** The response headers of the HTTP wire. */
export function usualHeaders(ask: Ask, limits: Limits): Record<string, string> {
  return {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "x-request-id": `req_${ask.id.item}`,
    "openai-model": String(ask.body.model),
    "x-codex-turn-state": turnState(ask.turn),
    ...windowHeaders("primary", limits.primary),
    ...(limits.secondary && windowHeaders("secondary", limits.secondary)),
  };
}

/** The same on WebSocket, as the events that stand right behind `response.created`. */
export function usualEvents(ask: Ask, limits: Limits): WireEvent[] {
  return [
    ev.metadata({ "openai-model": String(ask.body.model), "x-codex-turn-state": turnState(ask.turn) }),
    ev.rateLimits(limits.primary, limits.secondary),
  ];
}

/** The token by which the backend keeps a turn on one machine. It names its turn, so that a stray one is noticed. */
function turnState(turn: string): string {
  return `ts_${turn}`;
}

/** Whether a request carries the turn state of another turn, which would route it wrongly. */
export function strayTurnState(ask: Ask, state: string | undefined): boolean {
  return state !== undefined && state !== turnState(ask.turn);
}

function windowHeaders(name: string, window: LimitWindow): Record<string, string> {
  return {
    [`x-codex-${name}-used-percent`]: String(window.usedPercent),
    [`x-codex-${name}-window-minutes`]: String(window.windowMinutes),
    [`x-codex-${name}-reset-at`]: String(window.resetAt),
  };
}
