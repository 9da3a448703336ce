/** How a call of an MCP tool is taken down: what it was given and gave back only where the wire has not shown it. */
import type { DatabaseSync } from "node:sqlite";
import type { Call, Leg } from "../../ledger.ts";
import { itemRows } from "./items.ts";
import { threadRows } from "./thread.ts";
import { turnRows } from "./turn.ts";

export function isCall(entry: Leg | Call): entry is Call {
  return "mcp" in entry;
}

/** Statements prepared once. What it returns is to be called inside a transaction. */
export function calls(db: DatabaseSync): (call: Call) => void {
  const threads = threadRows(db);
  const turns = turnRows(db);
  const items = itemRows(db);
  const touch = db.prepare("UPDATE thread SET used = max(used, ?) WHERE n = ?");

  function placeOf({ leg: key, turn, thread, mcp }: Call): { thread: number; turn: number | null } {
    const leg = key === undefined ? undefined : turns.leg(key);
    if (leg !== undefined) return leg;
    const { at: started, ms } = mcp;
    const { n } = threads.byId(thread.id) ?? threads.put({ thread, started, ms });
    // A turn that nobody has told of yet takes what waits when it begins.
    if (turn === undefined) return { thread: n, turn: turns.last(n) ?? null };
    return { thread: n, turn: turn === null ? null : (turns.byId(n, turn) ?? null) };
  }

  return (call) => {
    const { callId, name, mcp } = call;
    const { at, ms } = mcp;
    const ended = Math.round(at + ms);
    const { thread, turn } = placeOf(call);
    // An import may tell of it once more.
    if (items.has(thread, call.items[0].id)) return;
    touch.run(ended, thread);
    if (items.putCall(thread, callId, name, mcp)) return;
    for (const [index, item] of call.items.entries()) {
      const answered = index === 0;
      const place = { thread, turn, leg: null, at: answered ? at : ended };
      items.put(place, { item, answered, nth: 1, counted: false, known: "new" }, [thread]);
    }
  };
}
