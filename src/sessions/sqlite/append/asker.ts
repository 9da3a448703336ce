/**
 * Which conversation a title is asked for. Codex (0.169) asks in a thread of its own, which names no other: only the prompt
 * that it quotes tells, and that it was typed just before.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Leg } from "../../ledger.ts";

/** What stands before the quoted prompt, in the last message of the request. */
const QUOTE = /\nUser prompt:\n(.+)$/s;
/** The title is asked for beside the turn: within so many ms of its beginning, one way and the other. */
const BEFORE_MS = 60_000;
const BEHIND_MS = 5000;

/** @returns the leg, below the thread that is to have its title where that is found */
export function askers(db: DatabaseSync): (leg: Leg) => Leg {
  const typed = db.prepare(
    `SELECT thread.id, item.text FROM turn JOIN thread ON thread.n = turn.thread JOIN item ON item.turn = turn.n
     WHERE turn.started BETWEEN ? AND ? AND thread.kind = 'user' AND thread.client IS ? AND item.role = 'user'
     ORDER BY turn.started DESC, item.n DESC`,
  );
  return (leg) => {
    const { kind, id, root, client = null } = leg.thread;
    if (kind !== "title" || root !== id) return leg;
    const asked = leg.asked.findLast(({ role }) => role === "user");
    const quoted = QUOTE.exec(asked?.text ?? "")?.[1]?.trim();
    if (quoted === undefined) return leg;
    const rows = typed.all(leg.started - BEFORE_MS, leg.started + BEHIND_MS, client);
    const asker = rows.find(({ text }) => String(text).trim().startsWith(quoted))?.id;
    if (asker === undefined) return leg;
    const thread = { ...leg.thread, root: String(asker), parent: String(asker) };
    return { ...leg, thread, names: leg.names && { ...leg.names, thread: thread.root } };
  };
}
