/** The legs that an exported session was made of, as the store takes them. */
import { blobsIn } from "../export/blobs.ts";
import type { Session, SessionItem, SessionThread } from "../export/document.ts";
import type { Blob, Call, ItemFacts, Leg, ThreadFacts } from "../ledger.ts";
import { itemFacts } from "../recorder/digest/item.ts";
import { type CallsTelling, tellings } from "./tellings.ts";

/** A leg or a call, and the items of the document that it brings. */
interface Told {
  readonly entry: Leg | Call;
  readonly started: number;
  readonly items: readonly SessionItem[];
}

/**
 * In the order of time, as it was recorded: a fork inherits no more than there was when it began.
 * @param blobs those of the document, checked
 */
export function* legsOf(session: Session, blobs: ReadonlyMap<string, Blob>): Generator<Leg | Call> {
  const { inherited, thread, below } = session;
  const threads = [...inherited, thread, ...below];
  const byId = new Map(threads.map((each) => [each.id, each]));
  const waiting = threads.map((each) => {
    const history = historyOf(each, byId);
    const legs = threadLegs(each, history, blobs);
    return { legs, next: legs.next(), after: history.at(-1) };
  });
  const told = new Set<SessionItem>();
  for (;;) {
    const going = waiting.filter(({ next }) => next.done !== true);
    const ready = going.filter(({ after }) => after === undefined || told.has(after));
    const [first, ...others] = ready.length > 0 ? ready : going;
    if (first === undefined) return;
    const earliest = others.reduce((one, other) => (startOf(other) < startOf(one) ? other : one), first);
    const { entry, items } = earliest.next.value as Told;
    for (const item of items) told.add(item);
    yield entry;
    earliest.next = earliest.legs.next();
  }
}

function startOf({ next }: { readonly next: IteratorResult<Told, void> }): number {
  return next.done === true ? Number.POSITIVE_INFINITY : next.value.started;
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

function factsOf({ body, partial, sent, mcp }: SessionItem, blobs: ReadonlyMap<string, Blob>): ItemFacts {
  const json = JSON.stringify(body);
  const went = sent === undefined ? undefined : JSON.stringify(sent);
  const names = new Set(blobsIn(json + (went ?? "")));
  const facts = itemFacts(body, { blobBytes: Number.POSITIVE_INFINITY, partial: partial === true, json });
  const named = [...names].flatMap((name) => blobs.get(name) ?? []);
  return { ...facts, ...(went === undefined ? {} : { sent: went }), mcp, blobs: [...facts.blobs, ...named] };
}

/** @param history what a fork begins with: told along with its first leg, so that the store knows what it has already */
function* threadLegs(
  thread: SessionThread,
  history: readonly SessionItem[],
  blobs: ReadonlyMap<string, Blob>,
): Generator<Told> {
  const { turns, waiting, forkedAt: _, ...own } = thread;
  const about: ThreadFacts = { ...own, source: "file" };
  const facts = counted([...history, ...turns.flatMap(({ items }) => items), ...waiting], blobs);
  let before = history;
  for (const telling of tellings(thread)) {
    if ("calls" in telling) {
      yield* callsOf(telling, about, facts);
      continue;
    }
    const { leg, turn, begins, limits, asked, answered } = telling;
    const items = { asked: [...before, ...asked].map(facts), answered: answered.map(facts) };
    // Those of a prewarm have no leg to be known by when they come again: they are known by their places.
    const whole = before.length > 0 || leg.kind === "warmup";
    yield {
      entry: { ...leg, thread: about, turn, begins, limits, whole, ...items },
      started: leg.started,
      items: [...asked, ...answered],
    };
    before = [];
  }
}

/** Calls without their output are none: nobody has written such. */
function* callsOf(
  { calls, leg }: CallsTelling,
  thread: ThreadFacts,
  facts: (item: SessionItem) => ItemFacts,
): Generator<Told> {
  for (const item of calls) {
    const { mcp, callId, tool: name } = item;
    if (mcp === undefined || callId === undefined || name === undefined) continue;
    const output = calls.find((other) => other.body.id === `${item.body.id}_output`);
    if (output === undefined) continue;
    const items = [
      { ...facts(item), mcp: undefined },
      { ...facts(output), tool: name },
    ] as const;
    const turn = leg === undefined ? null : undefined;
    yield {
      entry: { thread, leg: leg?.key, turn, callId, name, mcp, items },
      started: leg?.started ?? mcp.at,
      items: [item, output],
    };
  }
}

/** The facts of each item, with the how-manieth it is of those that say the same. */
function counted(items: readonly SessionItem[], blobs: ReadonlyMap<string, Blob>): (item: SessionItem) => ItemFacts {
  const counts = new Map<string, number>();
  const all = new Map<SessionItem, ItemFacts>();
  for (const item of items) {
    const facts = factsOf(item, blobs);
    const nth = (counts.get(facts.hash) ?? 0) + 1;
    counts.set(facts.hash, nth);
    all.set(item, { ...facts, nth });
  }
  return (item) => all.get(item) ?? factsOf(item, blobs);
}
