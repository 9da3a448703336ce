/** All that a database holds of conversations, with everything that differs from run to run named by its place. */

import type { ItemRow, LegRow, ThreadKind, ThreadRow, TurnRow } from "../../src/sessions/ledger.ts";
import { sqliteReader } from "../../src/sessions/sqlite/reader.ts";

const KINDS: readonly ThreadKind[] = ["user", "subagent", "review", "title", "guardian", "memory", "sample", "other"];

export interface Kept {
  readonly threads: readonly KeptThread[];
  /** The same, of one kind. */
  of(kind: ThreadKind): readonly KeptThread[];
}

export interface KeptThread {
  /** Its row: ids of threads are `thread 1`, `thread 2` … in the order in which they began. */
  readonly row: Readonly<Record<string, unknown>>;
  readonly turns: readonly KeptTurn[];
  /** Items before the first turn. */
  readonly loose: readonly KeptItem[];
}

export interface KeptTurn {
  readonly row: Readonly<Record<string, unknown>>;
  readonly legs: readonly Readonly<Record<string, unknown>>[];
  readonly items: readonly KeptItem[];
}

export interface KeptItem {
  readonly row: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** @param masked replaces what else differs: folders, hosts */
export function kept(path: string, masked: (text: string) => string = (text) => text): Kept {
  const reader = sqliteReader(path);
  try {
    const rows = reader
      .threads({ kinds: KINDS, limit: 1000 })
      .toSorted((a, b) => a.created - b.created || a.id.localeCompare(b.id));
    const names = new Map(rows.map(({ id }, index) => [id, `thread ${index + 1}`]));
    const threads = rows.map((row): KeptThread => {
      const item = (each: ItemRow) => keptItem(each, masked);
      return {
        row: threadRow(row, names, masked),
        turns: [...reader.turns(row.id)].map((turn) => keptTurn(turn, [...reader.items(row.id, turn.n)].map(item))),
        loose: [...reader.items(row.id, null)].map(item),
      };
    });
    return { threads, of: (kind) => threads.filter(({ row }) => row.kind === kind) };
  } finally {
    reader.close();
  }
}

function threadRow(
  row: ThreadRow,
  names: ReadonlyMap<string, string>,
  masked: (text: string) => string,
): KeptThread["row"] {
  const { created, used, forkedAt, ...rest } = row;
  const named = (id: string | undefined) => (id === undefined ? {} : (names.get(id) ?? `unknown: ${id}`));
  return {
    ...rest,
    id: named(row.id),
    root: named(row.root),
    ...(row.parent === undefined ? {} : { parent: named(row.parent) }),
    ...(row.forkedFrom === undefined ? {} : { forkedFrom: named(row.forkedFrom) }),
    ...(row.cwd === undefined ? {} : { cwd: masked(row.cwd) }),
    ...(forkedAt === undefined ? {} : { forkedAt: "an item" }),
  };
}

function keptTurn(turn: TurnRow, items: readonly KeptItem[]): KeptTurn {
  const { n, thread, id, started, firstByteMs, ms, legs, ...row } = turn;
  return {
    row: { ...row, ...(id === undefined ? {} : { id: "Codex's" }), ...times({ firstByteMs, ms }) },
    legs: legs.map(keptLeg),
    items,
  };
}

function keptLeg({ n, key, started, firstByteMs, ms, responseId, ...row }: LegRow): KeptThread["row"] {
  return { ...row, ...(responseId === undefined ? {} : { responseId: "upstream's" }), ...times({ firstByteMs, ms }) };
}

/** Whether a time was measured, and is one. */
function times(all: Readonly<Record<string, number | undefined>>): object {
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, ms]) =>
      ms === undefined ? [] : [[name, ms >= 0 && ms < 600_000 ? "ms" : ms]],
    ),
  );
}

function keptItem(item: ItemRow, masked: (text: string) => string): KeptItem {
  const { n, turn, leg, id, at, callId, body, sent, text, ...row } = item;
  const words = (json: unknown) => {
    const { internal_chat_message_metadata_passthrough: _, id: __, call_id: ___, ...said } = json as KeptItem["body"];
    return said;
  };
  return {
    row: {
      ...row,
      text: masked(text),
      ...(callId === undefined ? {} : { callId: "a call" }),
      ...(sent === undefined ? {} : { sent: JSON.parse(masked(sent)).map(words) }),
    },
    body: words(JSON.parse(masked(body))),
  };
}
