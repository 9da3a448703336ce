/** Finds the conversations of clients that give them no id: by the response they go on from, or by what was said so far. */
import type { DatabaseSync } from "node:sqlite";
import type { ItemFacts, Leg } from "../../ledger.ts";
import { shortHash } from "../body.ts";

/** How the ids begin that are ours. */
const OURS = "cp_";
/** Instructions may change from request to request, and reasoning is not sent again by everybody. */
const SAID = new Set(["user", "assistant", "tool"]);

export function saidSoFar(db: DatabaseSync) {
  const byResponse = db.prepare(
    "SELECT thread.id FROM leg JOIN thread ON thread.n = leg.thread WHERE leg.response_id = ? ORDER BY leg.n DESC LIMIT 1",
  );
  const bySaid = db.prepare("SELECT thread.id FROM said JOIN thread ON thread.n = said.thread WHERE hash = ?");
  const put = db.prepare("INSERT OR REPLACE INTO said (hash, thread) VALUES (?, ?)");
  const drop = db.prepare("DELETE FROM said WHERE hash = ?");

  return {
    /** The id of the thread that a leg goes on with, or its own. */
    find({ thread, previous, whole, asked }: Leg): string {
      if (!thread.id.startsWith(OURS)) return thread.id;
      if (previous !== undefined) {
        const found = byResponse.get(previous)?.id;
        if (found !== undefined) return String(found);
      }
      if (!whole) return thread.id;
      for (const hash of chain(thread.client, asked).reverse()) {
        const found = bySaid.get(hash)?.id;
        if (found !== undefined) return String(found);
      }
      return thread.id;
    },

    /** Remembers how far it has come. A request that was answered is not found again by itself: it is a new one then. */
    keep(n: number, { thread, whole, asked, answered, state }: Leg): void {
      if (!thread.id.startsWith(OURS) || !whole || state === "open") return;
      const before = chain(thread.client, asked).at(-1);
      const after = chain(thread.client, [...asked, ...answered]).at(-1);
      if (before !== undefined && state !== "completed") put.run(before, n);
      // It failed before, maybe. What ends with the model's words was the end of another request.
      if (before !== undefined && state === "completed" && !endsWithAnswer(asked)) drop.run(before);
      if (after !== undefined && after !== before) put.run(after, n);
    },
  };
}

function endsWithAnswer(asked: readonly ItemFacts[]): boolean {
  return asked.findLast(({ role }) => SAID.has(role))?.role === "assistant";
}

/** A hash for each thing said, of it and all before it. */
function chain(client = "", items: readonly ItemFacts[]): Buffer[] {
  let last = shortHash(client);
  return items
    .filter(({ role }) => SAID.has(role))
    .map(({ hash }) => {
      last = shortHash(Buffer.concat([last, Buffer.from(hash, "hex")]));
      return last;
    });
}
