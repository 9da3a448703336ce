/** Which of a leg's items are new. Clients send the whole history again and again, and forks that of another thread. */
import type { DatabaseSync } from "node:sqlite";
import type { ItemFacts, Leg } from "../../ledger.ts";
import type { Stretch } from "./lineage.ts";

/** An item of a leg, and where the store has it already. */
export interface Arrival {
  readonly item: ItemFacts;
  readonly answered: boolean;
  /** The how-manieth that says the same, from 1. */
  readonly nth: number;
  /** Whether that is counted in the whole request, as in the thread; else in this leg alone. */
  readonly counted: boolean;
  readonly known: "new" | "here" | "inherited";
}

export interface Question {
  /** `thread.n` */
  readonly thread: number;
  readonly ancestors: readonly Stretch[];
  readonly leg: Leg;
  /** `leg.n`, where the leg has been stored before. */
  readonly stored: number | undefined;
  /** A turn begins by its id: what the person has typed last is new, however often it was typed before. */
  readonly fresh: boolean;
}

export interface Known {
  readonly arrivals: readonly Arrival[];
  /** The last item of an ancestor that stands in this leg too; 0 for none. */
  readonly forkedAt: number;
}

export function knownItems(db: DatabaseSync): (question: Question) => Known {
  const missing = db.prepare(
    `SELECT value AS id FROM json_each(?)
     WHERE NOT EXISTS (SELECT 1 FROM item WHERE thread = ? AND id = value AND partial = 0)`,
  );
  // CROSS JOIN and the pluses keep SQLite from walking through all items of the thread.
  const there = db.prepare(
    "SELECT value AS id, n FROM json_each(?) CROSS JOIN item ON item.id = value AND item.thread = ? AND +item.n <= ?",
  );
  const saying = db.prepare(
    `SELECT lower(hex(hash)) AS hash, n FROM item
     WHERE hash IN (SELECT unhex(value) FROM json_each(?)) AND thread = ? AND +n <= ? ORDER BY +n`,
  );
  const inLeg = db.prepare("SELECT count(*) AS count FROM item WHERE leg = ? AND hash = unhex(?) AND out = ?");

  function missingIds(ids: readonly string[], thread: number): Set<string> {
    if (ids.length === 0) return new Set();
    return new Set(missing.all(JSON.stringify(ids), thread).map(({ id }) => String(id)));
  }

  /** The places (`item.n`) of items with these ids. */
  function placesOfIds(ids: Iterable<string>, stretches: readonly Stretch[]): Map<string, number> {
    const wanted = JSON.stringify([...ids]);
    const rows = stretches.flatMap(({ thread, upTo }) => there.all(wanted, thread, upTo));
    return new Map(rows.map(({ id, n }) => [String(id), Number(n)]));
  }

  /** The places of items that say the same as these, in order. */
  function placesOfEqual(items: readonly ItemFacts[], stretches: readonly Stretch[]): Map<string, number[]> {
    const places = new Map<string, number[]>();
    if (items.length === 0) return places;
    const wanted = JSON.stringify([...new Set(items.map(({ hash }) => hash))]);
    for (const { thread, upTo } of stretches.toReversed()) {
      for (const { hash, n } of saying.all(wanted, thread, upTo)) {
        const found = places.get(String(hash));
        if (found === undefined) places.set(String(hash), [Number(n)]);
        else found.push(Number(n));
      }
    }
    return places;
  }

  return ({ thread, ancestors, leg, stored, fresh }) => {
    const ids = [...leg.asked, ...leg.answered].flatMap(({ id }) => id ?? []);
    const unknown = missingIds(ids, thread);
    const inherited = placesOfIds(unknown, ancestors);
    const idless = leg.whole ? leg.asked.filter(({ id }) => id === undefined) : [];
    const own = placesOfEqual(idless, [{ thread, upTo: Number.MAX_SAFE_INTEGER }]);
    const theirs = placesOfEqual(idless, ancestors);
    const typed = fresh ? lastTyped(leg.asked) : undefined;
    const counts = new Map<string, number>();
    let forkedAt = 0;

    const inherit = (place: number): "inherited" => {
      forkedAt = Math.max(forkedAt, place);
      return "inherited";
    };
    const byId = (id: string): Arrival["known"] => {
      // The same id once more in this leg is the same item.
      if (!unknown.delete(id)) return "here";
      const place = inherited.get(id);
      return place === undefined ? "new" : inherit(place);
    };
    const byPlace = (item: ItemFacts, nth: number): Arrival["known"] => {
      if (item === typed) return "new";
      const before = theirs.get(item.hash) ?? [];
      const place = before[nth - 1];
      if (place !== undefined) return inherit(place);
      return before.length + (own.get(item.hash)?.length ?? 0) >= nth ? "here" : "new";
    };
    const byLeg = (item: ItemFacts, nth: number, out: boolean): Arrival["known"] => {
      const before = stored === undefined ? 0 : Number(inLeg.get(stored, item.hash, Number(out))?.count);
      return before >= nth ? "here" : "new";
    };
    const arrive = (item: ItemFacts, answered: boolean): Arrival => {
      const counted = leg.whole && !answered;
      const out = saidByUs(item, answered);
      const key = counted ? item.hash : `${item.hash} ${out}`;
      const nth = (counted ? item.nth : undefined) ?? (counts.get(key) ?? 0) + 1;
      counts.set(key, nth);
      const known = item.id !== undefined ? byId(item.id) : counted ? byPlace(item, nth) : byLeg(item, nth, out);
      return { item, answered, nth, counted, known };
    };
    const arrivals = [
      ...leg.asked.map((item) => arrive(item, false)),
      ...leg.answered.map((item) => arrive(item, true)),
    ];
    return { arrivals, forkedAt };
  };
}

/** What a person has said since the model last spoke. */
function lastTyped(asked: readonly ItemFacts[]): ItemFacts | undefined {
  const last = asked.findLast((item) => item.role === "user" || saidByUs(item, false));
  return last?.role === "user" ? last : undefined;
}

/** Whether the model or we said it; in a history from before we listened its shape tells. */
export function saidByUs({ role, type }: ItemFacts, answered: boolean): boolean {
  return answered || role === "assistant" || role === "reasoning" || type.endsWith("_call");
}
