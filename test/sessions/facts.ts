/** What a person would ask of a record: who said what, in which turn, and how it ended. */
import type { Kept, KeptItem, KeptThread, KeptTurn } from "./kept.ts";

/** `user: hello there`, `assistant: echo: hello there (out)`: the items of each turn but for what clients add by themselves. */
export function said({ turns }: KeptThread): string[][] {
  return turns.map(({ items }) => items.filter(({ row }) => row.role !== "context").map(line));
}

function line({ row }: KeptItem): string {
  const marks = [row.tool, row.partial ? "partial" : undefined, wentUp(row.sent)].filter(Boolean);
  return `${row.out ? "<" : ">"} ${row.role}${marks.length > 0 ? ` (${marks.join(", ")})` : ""}: ${row.text}`;
}

/** In what shape it went up, where that was another. */
function wentUp(sent: unknown): string | undefined {
  if (sent === undefined) return undefined;
  const texts = (sent as KeptItem["body"][]).flatMap(({ content }) =>
    (content as { text: string }[]).map(({ text }) => text),
  );
  return texts.length === 0 ? "never sent" : `sent as ${texts.join(" ")}`;
}

/** Of each turn: how it ended, and of each of its legs. */
export function ends({ turns }: KeptThread): string[] {
  return turns.map(({ row, legs }) => `${row.kind} ${row.state}: ${legs.map(({ state }) => state).join(", ")}`);
}

/**
 * The same whatever the wire: without its name and prewarms, and without what is said on one wire only. That is Codex's
 * update of the effort, which a socket has from its prewarm; how a connection was cut; and of our own answers the id and the
 * limits, which upstream gives a socket by events of its own.
 */
export function withoutWire({ threads }: Kept): object {
  return threads.map(({ row, turns, loose }) => ({
    row,
    loose: loose.filter(either),
    turns: turns.map((turn) => ({
      row: { ...turn.row, ...(turn.row.local === true && { limits: undefined }) },
      legs: turn.legs.filter(({ kind }) => kind !== "warmup").map(legWithoutWire),
      items: turn.items.filter(either),
    })),
  }));
}

function legWithoutWire({ wire: _, responseId, error, ...leg }: KeptTurn["legs"][number]): object {
  return { ...leg, error: (error as { code?: string } | undefined)?.code, ...(leg.local !== true && { responseId }) };
}

const either = ({ row }: KeptItem): boolean => row.type !== "configuration_update";
