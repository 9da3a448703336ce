/**
 * Histories of clients that give no ids (Codex before 0.156): the same text may stand there many times, and only some of
 * them have a mark. So two views of one history are laid beside each other, as `diff` does it: what stands in the same
 * order is the same item. That holds when the history grows, loses its middle (a compaction) or its end (a rollback).
 */
import type { Seen, Sequence } from "./mark.ts";

const NOWHERE = -1;
/** Beyond this many pairs (two histories of 2,000 items) only the growth of a history is followed. */
const MOST_PAIRS = 4_000_000;

/** Which of several items that say the same is meant, where their neighbours leave it open. */
export interface Bias {
  /** Of those that were there: the last (older ones have gone first: a compaction), else the first (a rollback). */
  readonly lastBefore: boolean;
  /** Of those that are here now: the last, else the first (what was added is behind it). */
  readonly lastNow: boolean;
}

/** A common item counts this much, and one more where it was not gone: as many as can be, then as few gone as can be. */
const COMMON = 4096;

/** For each text of `now`, which item of `before` it is, or -1: a longest common subsequence. */
export function align(before: readonly Seen[], now: readonly string[], { lastBefore, lastNow }: Bias): number[] {
  const found = new Array<number>(now.length).fill(NOWHERE);
  const grown = before.every(({ text, gone }, i) => text === now[i] && gone !== true);
  if ((grown && !lastNow) || before.length * now.length > MOST_PAIRS) {
    for (let i = 0; i < before.length && before[i]?.text === now[i]; i += 1) found[i] = i;
    return found;
  }
  const width = now.length + 1;
  const scores = scoresFrom(before, now);
  const at = (i: number, j: number): number => scores[i * width + j] as number;
  let i = 0;
  let j = 0;
  while (at(i, j) > 0) {
    const here = at(i, j);
    const item = before[i] as Seen;
    if (lastBefore && at(i + 1, j) === here) i += 1;
    else if (lastNow && at(i, j + 1) === here) j += 1;
    else if (item.text === now[j] && at(i + 1, j + 1) + worth(item) === here) found[j++] = i++;
    else if (at(i, j + 1) === here) j += 1;
    else i += 1;
  }
  return found;
}

/** The best score that can be had from each pair of places on, row by row. */
function scoresFrom(before: readonly Seen[], now: readonly string[]): Uint32Array {
  const width = now.length + 1;
  const scores = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    const item = before[i] as Seen;
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const here = i * width + j;
      const apart = Math.max(scores[here + width] as number, scores[here + 1] as number);
      const together = item.text === now[j] ? (scores[here + width + 1] as number) + worth(item) : 0;
      scores[here] = Math.max(apart, together);
    }
  }
  return scores;
}

function worth({ gone }: Seen): number {
  return gone === true ? COMMON : COMMON + 1;
}

/**
 * The history as it is now, with the marks that it had; marked items that are no longer there are kept between their
 * neighbours, since a client may bring them back.
 */
export function merge(before: readonly Seen[], now: readonly string[], found: readonly number[]): Seen[] {
  const merged: Seen[] = [];
  let kept = 0;
  const keepUpTo = (end: number): void => {
    for (; kept < end; kept += 1) {
      const item = before[kept] as Seen;
      if (item.mark !== undefined) merged.push({ ...item, gone: true });
    }
  };
  for (const [j, text] of now.entries()) {
    const i = found[j] ?? NOWHERE;
    if (i === NOWHERE) {
      // What was there and is gone comes before what stands there now.
      keepUpTo(found.find((each, at) => at > j && each !== NOWHERE) ?? before.length);
      merged.push({ text });
      continue;
    }
    keepUpTo(i);
    merged.push({ text, mark: before[i]?.mark });
    kept = i + 1;
  }
  keepUpTo(before.length);
  return merged;
}

/** What a request shows of a history. */
export interface View {
  readonly texts: readonly string[];
  /** Codex's turn id. */
  readonly turn: string;
  /** Whether it is all of the history, not only what was added since the last request. */
  readonly full: boolean;
  /** ... and this from its very beginning: a prewarm may have carried some of it. */
  readonly fromStart: boolean;
  /** Whether the model's own items are among it. */
  readonly answered: boolean;
  /** Which of the texts a person's new prompt would be, if this request brings one; else -1. */
  readonly prompt: number;
}

/** The history after this request; the last of its items that are not gone are the request's own, in order. */
export function advance(past: Sequence | undefined, view: View): Sequence {
  const { texts, turn, full, fromStart } = view;
  const items = past?.items ?? [];
  const whole = (past?.whole ?? false) || (full && fromStart);
  if (!full) return { items: [...items, ...texts.map((text) => ({ text }))], whole, turn };
  // A new turn brings a new prompt, even where its text has been said before.
  const fresh = past !== undefined && past.turn !== "" && turn !== "" && past.turn !== turn ? view.prompt : NOWHERE;
  const found = align(
    items,
    texts.filter((_, i) => i !== fresh),
    { lastBefore: !view.answered, lastNow: past?.whole !== true },
  );
  if (fresh !== NOWHERE) found.splice(fresh, 0, NOWHERE);
  return { items: merge(items, texts, found), whole, turn };
}

/** The keys of the marks on the last `count` items that are not gone: those of the request that was seen last. */
export function lastMarks({ items }: Sequence, count: number): (string | undefined)[] {
  const there = items.filter(({ gone }) => gone !== true);
  return there.slice(there.length - count).map(({ mark }) => mark);
}

/** The last item that says this, and the key of its mark. */
export function lastSaying({ items }: Sequence, text: string): { at: number; mark: string | undefined } {
  const at = items.findLastIndex((item) => item.text === text && item.gone !== true);
  return { at, mark: items[at]?.mark };
}
