/** Which of a leg's items are new. Clients send the whole history again and again; forks bring that of another thread. */
import type { DatabaseSync } from "node:sqlite";
import type { ItemFacts, Leg } from "../../ledger.ts";
import type { Thread, Threads } from "./thread.ts";

/** An item of a leg, and where the store stands with it. */
export interface Arrival {
  readonly item: ItemFacts;
  readonly answered: boolean;
  /** The how-manieth item of its kind in the request. */
  readonly nth: number;
  /** Undefined where it is to be stored; `inherited` is the place in an ancestor's items. */
  readonly known?: "here" | "inherited";
}

export interface Known {
  readonly arrivals: readonly Arrival[];
  /** The last item of the thread it was forked from that it has too, as far as this leg shows. */
  readonly forkedAt: number;
}

/** Whose items a thread has, up to which. */
interface Source {
  readonly thread: number;
  readonly upTo: number;
}

export interface Question {
  readonly thread: Thread;
  readonly leg: Leg;
  /** `leg.n`, where the leg has been stored before. */
  readonly stored: number | undefined;
  /** The leg is the first of a turn of that id: what the person has typed last is new, however often it was typed before. */
  readonly fresh: boolean;
}

export function knownItems(db: DatabaseSync, threads: Threads) {
  const missing = db.prepare(
    `SELECT value AS id FROM json_each(?1)
     WHERE NOT EXISTS (SELECT 1 FROM item WHERE thread = ?2 AND id = value AND partial = 0)`,
  );
  const inheritedIds = db.prepare(
    `SELECT value AS id, n FROM json_each(?1) JOIN item ON item.thread = ?2 AND item.id = value AND item.n <= ?3`,
  );
  const places = db.prepare(
    `SELECT lower(hex(hash)) AS hash, n FROM item
     WHERE thread = ?2 AND n <= ?3 AND hash IN (SELECT unhex(value) FROM json_each(?1)) ORDER BY n`,
  );
  const inLeg = db.prepare("SELECT count(*) AS count FROM item WHERE leg = ? AND hash = unhex(?) AND out = ?");

  /** The threads it was forked from, nearest first. A fork that has had a turn inherits no more than it has. */
  function ancestors(thread: Thread): Source[] {
    const found: Source[] = [];
    let upTo = thread.turns > 0 ? (thread.forkedAt ?? 0) : Number.MAX_SAFE_INTEGER;
    let child: Thread | undefined = thread;
    while (child !== undefined && child.forkedFrom !== null && upTo > 0) {
      const parent: Thread | undefined = threads.byId(child.forkedFrom);
      if (parent === undefined || parent.n === thread.n || found.some(({ thread: n }) => n === parent.n)) break;
      found.push({ thread: parent.n, upTo });
      upTo = Math.min(upTo, parent.forkedAt ?? 0);
      child = parent;
    }
    return found;
  }

  /** Where in those threads items of these hashes stand, in order. */
  function placesOf(hashes: string, sources: readonly Source[]): Map<string, number[]> {
    const found = new Map<string, number[]>();
    for (const { thread, upTo } of sources) {
      for (const row of places.all(hashes, thread, upTo)) {
        const key = String(row.hash);
        const at = found.get(key);
        if (at === undefined) found.set(key, [Number(row.n)]);
        else at.push(Number(row.n));
      }
    }
    for (const at of found.values()) at.sort((a, b) => a - b);
    return found;
  }

  return ({ thread, leg, stored, fresh }: Question): Known => {
    const items = [...leg.asked, ...leg.answered];
    const ids = items.flatMap(({ id }) => (id === undefined ? [] : [id]));
    const unknown = new Set(
      ids.length === 0 ? [] : missing.all(JSON.stringify(ids), thread.n).map(({ id }) => String(id)),
    );
    const counted = leg.whole ? leg.asked.filter(({ id }) => id === undefined) : [];
    if (unknown.size === 0 && ids.length === items.length) {
      return {
        arrivals: items.map((item, i) => ({ item, answered: i >= leg.asked.length, nth: 0, known: "here" })),
        forkedAt: 0,
      };
    }
    const sources = ancestors(thread);
    const inherited = new Map<string, number>();
    const wanted = JSON.stringify([...unknown]);
    for (const { thread: n, upTo } of sources) {
      for (const row of inheritedIds.all(wanted, n, upTo)) inherited.set(String(row.id), Number(row.n));
    }
    const hashes = JSON.stringify([...new Set(counted.map(({ hash }) => hash))]);
    const own = placesOf(hashes, counted.length === 0 ? [] : [{ thread: thread.n, upTo: Number.MAX_SAFE_INTEGER }]);
    const theirs = placesOf(hashes, counted.length === 0 ? [] : sources);

    const typed = fresh ? leg.asked.findLast(({ role }) => role === "user") : undefined;
    let forkedAt = 0;
    const seen = new Set<string>();
    const times = new Map<string, number>();
    const count = (key: string): number => {
      const nth = (times.get(key) ?? 0) + 1;
      times.set(key, nth);
      return nth;
    };
    const judge = (item: ItemFacts, answered: boolean): Arrival => {
      const whole = leg.whole && !answered;
      const out = Number(saidByUs(item, answered));
      const nth = count(whole ? item.hash : `${item.hash} ${out}`);
      if (item.id !== undefined) {
        const known = inherited.get(item.id);
        if (known !== undefined) forkedAt = Math.max(forkedAt, known);
        if (!unknown.has(item.id) || seen.has(item.id)) return { item, answered, nth, known: "here" };
        seen.add(item.id);
        return known === undefined ? { item, answered, nth } : { item, answered, nth, known: "inherited" };
      }
      if (!whole) {
        const before = stored === undefined ? 0 : Number(inLeg.get(stored, item.hash, out)?.count);
        return before >= nth ? { item, answered, nth, known: "here" } : { item, answered, nth };
      }
      if (item === typed) return { item, answered, nth };
      const before = theirs.get(item.hash)?.[nth - 1];
      if (before !== undefined) {
        forkedAt = Math.max(forkedAt, before);
        return { item, answered, nth, known: "inherited" };
      }
      const there = (theirs.get(item.hash)?.length ?? 0) + (own.get(item.hash)?.length ?? 0);
      return there >= nth ? { item, answered, nth, known: "here" } : { item, answered, nth };
    };
    const arrivals = [...leg.asked.map((item) => judge(item, false)), ...leg.answered.map((item) => judge(item, true))];
    return { arrivals, forkedAt };
  };
}

/** Whether the model or we said it; in a history from before we listened its shape tells. */
export function saidByUs({ role, tool }: ItemFacts, answered: boolean): boolean {
  return answered || role === "assistant" || role === "reasoning" || (role === "tool" && tool !== undefined);
}
