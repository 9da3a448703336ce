/** Writes the ledger of sessions into `plus.db`. */
import type { DatabaseSync } from "node:sqlite";
import type { Leg } from "../ledger.ts";
import type { Writer } from "../store.ts";
import { legs } from "./append/leg.ts";
import { openDatabase, transaction } from "./database.ts";

/** How long a transaction may go on taking legs, in ms: who else writes waits as long. */
const TURN_MS = 5;

export function sqliteWriter(path: string): Writer {
  let opened: { db: DatabaseSync; append: (leg: Leg) => void } | undefined;
  const open = () => {
    if (opened === undefined) {
      const db = openDatabase(path);
      opened = { db, append: legs(db) };
    }
    return opened;
  };
  return {
    append(all) {
      const { db, append } = open();
      for (let next = 0; next < all.length; ) {
        transaction(db, () => {
          const until = performance.now() + TURN_MS;
          do append(all[next++] as Leg);
          while (next < all.length && performance.now() < until);
        });
      }
    },
    remove: () => 0,
    prune: () => 0,
    close() {
      opened?.db.close();
      opened = undefined;
    },
  };
}
