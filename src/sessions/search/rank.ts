/** How good a hit is: BM25 within those found, closeness of the words, who said it, and how long ago. */
import type { SearchRole } from "../store.ts";
import { fold } from "./fold.ts";
import type { Place } from "./places.ts";
import type { Term } from "./query.ts";
import { nearest } from "./snippet.ts";

/** BM25: how soon more of the same counts no more, and how much long texts are held back. */
const K = 1.2;
const B = 0.75;
/** People remember what they and the model said, rather than what a tool printed. */
const WEIGHT: Readonly<Record<SearchRole, number>> = { user: 1.6, assistant: 1.3, tool: 1, reasoning: 0.8 };
/** After so long a hit is worth half as much as a new one more than an old one. */
const HALF_LIFE = 30 * 24 * 60 * 60_000;

export interface Candidate {
  readonly role: SearchRole;
  readonly at: number;
  readonly text: string;
  readonly places: readonly Place[];
}

/** @returns the candidates with their scores, best first; equal ones as they came */
export function ranked<T extends Candidate>(candidates: readonly T[], terms: readonly Term[], now: number): T[] {
  const rarity = raritiesOf(candidates, terms.length);
  const average = candidates.reduce((sum, { text }) => sum + text.length, 0) / Math.max(1, candidates.length);
  const typed = terms.map(({ typed }) => fold(typed)).filter((text) => /[^\p{L}\p{N}*]/u.test(text));
  const scored = candidates.map((candidate) => {
    const { text, places, role, at } = candidate;
    const long = K * (1 - B + (B * text.length) / average);
    let score = 0;
    for (const [term, count] of countsOf(places)) score += ((rarity[term] ?? 0) * count * (K + 1)) / (count + long);
    score *= 1 + nearest(places) / Math.max(1, terms.length);
    if (typed.length > 0) {
      const folded = fold(text);
      score *= 1 + typed.filter((text) => folded.includes(text)).length / typed.length;
    }
    const recent = 0.5 + 0.5 * 2 ** (-Math.max(0, now - at) / HALF_LIFE);
    return { candidate, score: score * WEIGHT[role] * recent };
  });
  return scored.sort((a, b) => b.score - a.score).map(({ candidate }) => candidate);
}

function raritiesOf(candidates: readonly Candidate[], terms: number): number[] {
  const having = new Array<number>(terms).fill(0);
  for (const { places } of candidates) {
    for (const term of countsOf(places).keys()) having[term] = (having[term] ?? 0) + 1;
  }
  return having.map((count) => Math.log(1 + (candidates.length - count + 0.5) / (count + 0.5)));
}

function countsOf(places: readonly Place[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { term } of places) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}
