/** Finds in a text what a query has found in its words: the places that are highlighted, and counted for the ranking. */
import { fold } from "./fold.ts";
import type { Term } from "./query.ts";
import { partsOf } from "./words.ts";

/** Where a term stands: UTF-16 offsets [from, to), and the term's number. */
export interface Place {
  readonly from: number;
  readonly to: number;
  readonly term: number;
}

/** More places of one term make a text no better. */
const MOST_PLACES = 200;
/** What may stand between the words of a phrase. */
const GAP = String.raw`[^\p{L}\p{N}]{1,64}`;
const MAYBE_GAP = String.raw`[^\p{L}\p{N}]{0,64}`;
const LETTER = /[\p{L}\p{N}]/u;
const UNSPACED = /^[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\uffff]$/;
/** Where a name in camelCase has a joint, between its first two letters or behind them. */
const JOINT = /^(?:\p{Ll}\p{Lu}|\p{N}\p{L}|\p{L}\p{N})/u;

/** @returns what finds the terms in any text, in order */
export function placesOf(terms: readonly Term[]): (text: string) => Place[] {
  const patterns = terms.map((term) => ({ pattern: patternOf(term), prefix: term.prefix }));
  return (text) => {
    const folded = fold(text);
    const found: Place[] = [];
    for (const [term, { pattern, prefix }] of patterns.entries()) {
      let count = 0;
      for (const match of folded.matchAll(pattern)) {
        const from = match.index;
        const to = from + match[0].length;
        if (!isEdge(text, from) || !(prefix || isEdge(text, to))) continue;
        found.push({ from, to, term });
        if (++count === MOST_PLACES) break;
      }
    }
    return found.sort((a, b) => a.from - b.from || b.to - a.to);
  };
}

function patternOf({ words }: Term): RegExp {
  const [word = ""] = words;
  const whole = inOrder(words);
  const parts = words.length === 1 ? partsOf(word) : [];
  return new RegExp(parts.length > 1 ? `${whole}|${inOrder(parts)}` : whole, "gu");
}

function inOrder(words: readonly string[]): string {
  const folded = words.map(fold);
  return folded
    .map((word, i) => {
      const before = folded[i - 1];
      if (before === undefined) return word;
      return (UNSPACED.test(word) || UNSPACED.test(before) ? MAYBE_GAP : GAP) + word;
    })
    .join("");
}

/** Whether a word, or a part of a name, begins or ends here. */
function isEdge(text: string, at: number): boolean {
  const before = text.charAt(at - 1);
  const after = text.charAt(at);
  if (!LETTER.test(before) || !LETTER.test(after)) return true;
  return UNSPACED.test(before) || UNSPACED.test(after) || isJoint(text, at);
}

function isJoint(text: string, at: number): boolean {
  return JOINT.test(text.slice(at - 1, at + 1)) || /^\p{Lu}\p{Lu}\p{Ll}/u.test(text.slice(at - 1, at + 2));
}
