/** A conversation as it was before the turn that asks for it. */
import type { ThreadRow, TurnRow } from "../ledger.ts";
import type { Reader } from "../store.ts";

/** Where a client gives no thread id, the conversation is one of these newest. */
const LOOKED_AT = 20;

/** The turn to which a request belongs, with its thread. */
export interface Place {
  readonly thread: ThreadRow;
  /** Undefined where the request is not recorded (yet). */
  readonly turn: TurnRow | undefined;
}

/** @param thread the id that the client told; empty where it told none */
export function placeOf(reader: Reader, thread: string, request: string): Place | undefined {
  // Keys of legs are `RUN/REQUEST`.
  const turnIn = (id: string): TurnRow | undefined => {
    for (const turn of reader.turns(id)) if (turn.legs.some(({ key }) => key.endsWith(`/${request}`))) return turn;
    return undefined;
  };
  if (thread !== "") {
    const known = reader.thread(thread);
    return known && { thread: known, turn: turnIn(known.id) };
  }
  for (const row of reader.threads({ limit: LOOKED_AT })) {
    const turn = turnIn(row.id);
    if (turn !== undefined) return { thread: row, turn };
  }
  return undefined;
}

/** The same reader, to which that turn has not happened. */
export function before(reader: Reader, { thread, turn: now }: Place): Reader {
  if (now === undefined) return reader;
  return {
    ...reader,
    thread(id) {
      const row = reader.thread(id);
      return row?.id === thread.id ? { ...row, turns: row.turns - 1 } : row;
    },
    *turns(id) {
      for (const turn of reader.turns(id)) if (turn.n !== now.n) yield turn;
    },
    *items(id, turn) {
      for (const item of reader.items(id, turn)) if (item.turn !== now.n) yield item;
    },
  };
}
