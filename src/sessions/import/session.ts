/** The legs that an exported session was made of, as the store takes them. */

import { blobsIn } from "../export/blobs.ts";
import type { Session, SessionItem, SessionThread } from "../export/document.ts";
import type { Blob, ItemFacts, Leg, ThreadFacts } from "../ledger.ts";
import { itemFacts } from "../recorder/digest/item.ts";
import { tellings } from "./tellings.ts";

/** @param blobs those of the document, checked */
export function* legsOf(session: Session, blobs: ReadonlyMap<string, Blob>): Generator<Leg> {
  const { inherited, thread, below } = session;
  const titles = below.filter(({ kind }) => kind === "title");
  const others = below.filter(({ kind }) => kind !== "title");
  // A thread's own title is the last word, and a fork comes after what it was forked from.
  const threads = [...titles, ...inherited, thread, ...others];
  const byId = new Map(threads.map((each) => [each.id, each]));
  const facts = (item: SessionItem): ItemFacts => factsOf(item, blobs);
  for (const each of threads) yield* threadLegs(each, historyOf(each, byId).map(facts), facts);
}

/** What a fork has of others, oldest first. */
function historyOf(thread: SessionThread, byId: ReadonlyMap<string, SessionThread>): SessionItem[] {
  const items: SessionItem[] = [];
  const seen = new Set([thread.id]);
  for (let { forkedAt } = thread; forkedAt !== undefined && !seen.has(forkedAt.thread); ) {
    const from = byId.get(forkedAt.thread);
    if (from === undefined) break;
    seen.add(from.id);
    const all = [...from.turns.flatMap((turn) => turn.items), ...from.waiting];
    items.unshift(...all.slice(0, forkedAt.item + 1));
    ({ forkedAt } = from);
  }
  return items;
}

function factsOf({ body, partial, sent }: SessionItem, blobs: ReadonlyMap<string, Blob>): ItemFacts {
  const json = JSON.stringify(body);
  const went = sent === undefined ? undefined : JSON.stringify(sent);
  const names = new Set(blobsIn(json + (went ?? "")));
  const facts = itemFacts(body, { blobBytes: Number.POSITIVE_INFINITY, partial: partial === true, json });
  const named = [...names].flatMap((name) => blobs.get(name) ?? []);
  return { ...facts, ...(went === undefined ? {} : { sent: went }), blobs: [...facts.blobs, ...named] };
}

/** @param history what a fork begins with: told along with its first leg, so that the store knows what it has already */
function* threadLegs(
  thread: SessionThread,
  history: readonly ItemFacts[],
  facts: (item: SessionItem) => ItemFacts,
): Generator<Leg> {
  const { turns: _, waiting: __, forkedAt: ___, ...own } = thread;
  const about: ThreadFacts = { ...own, source: "file" };
  let before = history;
  for (const { leg, turn, begins, limits, asked, answered } of tellings(thread)) {
    yield {
      ...leg,
      thread: about,
      turn,
      begins,
      limits,
      asked: [...before, ...asked.map(facts)],
      whole: before.length > 0,
      answered: answered.map(facts),
    };
    before = [];
  }
}
