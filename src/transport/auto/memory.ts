/** The hosts that have lately challenged us and then let the browser's handshake pass. */

/** How long a host is remembered, in ms. Not for ever: the browser's way cannot carry WebSockets. */
const REMEMBERED_MS = 30 * 60_000;

export interface Memory {
  add(host: string): void;
  has(host: string): boolean;
  /** All that are remembered now. */
  hosts(): string[];
}

/** @param now the clock, in ms */
export function createMemory(now: () => number = Date.now): Memory {
  const until = new Map<string, number>();
  const has = (host: string) => (until.get(host) ?? 0) > now();
  return {
    add: (host) => void until.set(host, now() + REMEMBERED_MS),
    has,
    hosts: () => [...until.keys()].filter(has),
  };
}
