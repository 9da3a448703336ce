/** What a person would ask of a record: who said what, in which turn, and how it ended. */
import type { Kept, KeptItem, KeptThread } from "./kept.ts";

/** `user: hello there`, `assistant: echo: hello there (out)`: the items of each turn but for what clients add by themselves. */
export function said({ turns }: KeptThread): string[][] {
  return turns.map(({ items }) => items.filter(({ row }) => row.role !== "context").map(line));
}

function line({ row }: KeptItem): string {
  const marks = [row.tool, row.partial ? "partial" : undefined, row.sent ? "rewritten" : undefined].filter(Boolean);
  return `${row.out ? "<" : ">"} ${row.role}${marks.length > 0 ? ` (${marks.join(", ")})` : ""}: ${row.text}`;
}

/** Of each turn: how it ended, and of each of its legs. */
export function ends({ turns }: KeptThread): string[] {
  return turns.map(({ row, legs }) => `${row.kind} ${row.state}: ${legs.map(({ state }) => state).join(", ")}`);
}

/**
 * The same whatever the wire: without its name, without prewarms, without what Codex itself says on one wire only (the
 * update of the effort, which a socket has from its prewarm).
 */
export function withoutWire({ threads }: Kept): object {
  return threads.map(({ row, turns, loose }) => ({
    row,
    loose: loose.filter(either),
    turns: turns.map((turn) => ({
      row: turn.row,
      legs: turn.legs.filter(({ kind }) => kind !== "warmup").map(({ wire: _, ...leg }) => leg),
      items: turn.items.filter(either),
    })),
  }));
}

const either = ({ row }: KeptItem): boolean => row.type !== "configuration_update";
