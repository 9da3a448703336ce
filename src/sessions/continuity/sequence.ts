/**
 * Histories of clients that give no ids (Codex before 0.156): the same text may stand there many times, and only some of
 * them have a mark. So two views of one history are laid beside each other, as `diff` does it: what stands in the same
 * order is the same item. That holds when the history grows, loses its middle (a compaction) or its end (a rollback).
 */
import type { Seen, Sequence } from "./mark.ts";

const NOWHERE = -1;
/** Beyond this many pairs (two histories of 2,000 items) only the growth of a history is followed. */
const MOST_PAIRS = 4_000_000;

/**
 * For each text of `now`, which item of `before` it is, or -1.
 * @param whole `before` begins where the history began. Where a text that stood there once stands twice now, it is the
 *   first then (what was added is behind it), else the last. An item that is there twice is the later one.
 */
export function align(before: readonly string[], now: readonly string[], whole: boolean): number[] {
  const found = new Array<number>(now.length).fill(NOWHERE);
  const grown = before.every((text, i) => text === now[i]);
  if ((whole && grown) || before.length * now.length > MOST_PAIRS) {
    for (let i = 0; i < before.length && before[i] === now[i]; i += 1) found[i] = i;
    return found;
  }
  const width = now.length + 1;
  const common = commonLengths(before, now);
  const at = (i: number, j: number): number => common[i * width + j] as number;
  let i = 0;
  let j = 0;
  while (at(i, j) > 0) {
    if (at(i + 1, j) === at(i, j)) i += 1;
    else if ((!whole && at(i, j + 1) === at(i, j)) || before[i] !== now[j]) j += 1;
    else found[j++] = i++;
  }
  return found;
}

/** How long the longest common subsequence is from each pair of places on, row by row. */
function commonLengths(before: readonly string[], now: readonly string[]): Uint32Array {
  const width = now.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const here = i * width + j;
      const [down, right] = [common[here + width] as number, common[here + 1] as number];
      common[here] = before[i] === now[j] ? (common[here + width + 1] as number) + 1 : Math.max(down, right);
    }
  }
  return common;
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
  /** All of the history, not only what was added to it. */
  readonly full: boolean;
  /** ... and this from its very beginning (not behind a prewarm that may have carried some). */
  readonly fromStart: boolean;
  /** Which of the texts a person's new prompt would be, if this request brings one. */
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
    items.map(({ text }) => text),
    texts.filter((_, i) => i !== fresh),
    (past?.whole ?? false) && items.every(({ gone }) => gone !== true),
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
