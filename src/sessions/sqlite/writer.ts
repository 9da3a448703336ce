/** Writes the ledger of sessions into `plus.db`. */
import type { DatabaseSync } from "node:sqlite";
import type { Call, Leg } from "../ledger.ts";
import type { Writer } from "../store.ts";
import { calls, isCall } from "./append/call.ts";
import { legs } from "./append/leg.ts";
import { type ConnectionOptions, connection } from "./connection.ts";
import { transaction } from "./database.ts";
import { removal } from "./removal.ts";

/** How long a transaction goes on taking legs, in ms: who else writes waits as long. */
const TURN_MS = 5;

export interface WriterOptions extends ConnectionOptions {
  /** How long others may hold the file's lock, in ms; default 2000. */
  readonly busyMs?: number | undefined;
}

/**
 * @param path the database file. Opened at the first call.
 * @returns a writer whose calls throw CP_FILE_UNUSABLE where the file cannot be written now: they may be given again, as
 *   long as it takes. Anything else that is thrown is a mistake of ours, and will be thrown again.
 */
export function sqliteWriter(path: string, { busyMs, ...options }: WriterOptions = {}): Writer {
  const { use, close } = connection(path, (db) => ({ append: entries(db), ...removal(db) }), options);
  return {
    append: (all) =>
      use(({ append }, db) => {
        const left = all.values();
        let next = left.next();
        while (next.done !== true) {
          const some = (): void => {
            const until = performance.now() + TURN_MS;
            for (; next.done !== true && performance.now() < until; next = left.next()) append(next.value);
          };
          transaction(db, some, busyMs);
        }
      }),
    remove: (threads) => use(({ remove }) => remove(threads)),
    prune: (before) => use(({ prune }) => prune(before)),
    close,
  };
}

function entries(db: DatabaseSync): (entry: Leg | Call) => void {
  const [leg, call] = [legs(db), calls(db)];
  return (entry) => (isCall(entry) ? call(entry) : leg(entry));
}
