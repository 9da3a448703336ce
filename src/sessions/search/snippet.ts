/** The best places of a text, short enough for a list. */
import type { Place } from "./places.ts";

/** Before and behind what was looked for. */
export const BEGIN = "\u0001";
export const END = "\u0002";

/** One piece of text, in UTF-16 units; and how many there may be. */
const PIECE = 120;
const MOST_PIECES = 3;
/** A cut moves so far to stand between words. */
const NEAR = 24;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROL = /[\0-\u0008\u000e-\u001f\u007f-\u009f]/g;

interface Piece {
  readonly from: number;
  readonly to: number;
}

/** @param places in order, as `placesOf` finds them in this text */
export function snippetOf(text: string, places: readonly Place[]): string {
  const pieces = piecesOf(text, places);
  let snippet = "";
  let end = 0;
  for (const { from, to } of pieces) {
    if (from > end) snippet += "…";
    snippet += marked(text, from, to, places);
    end = to;
  }
  return end < text.trimEnd().length ? `${snippet}…` : snippet;
}

/** How many different terms stand within the space of one piece, at most. */
export function nearest(places: readonly Place[]): number {
  return new Set(bestWindow(places, new Set())?.map(({ term }) => term)).size;
}

function piecesOf(text: string, places: readonly Place[]): Piece[] {
  const seen = new Set<number>();
  const found: Piece[] = [];
  while (found.length < MOST_PIECES) {
    const window = bestWindow(places, seen);
    const [first, last] = [window?.[0], window?.at(-1)];
    if (window === undefined || first === undefined || last === undefined) break;
    for (const { term } of window) seen.add(term);
    found.push(around(text, first.from, last.to));
  }
  return merged(found.length > 0 ? found : [around(text, 0, 0)]);
}

/** The places within the space of one piece that show the most terms that were not seen yet; undefined where none does. */
function bestWindow(places: readonly Place[], seen: ReadonlySet<number>): readonly Place[] | undefined {
  let best: readonly Place[] | undefined;
  let most = 0;
  let to = 0;
  for (let from = 0; from < places.length; from++) {
    const start = places[from]?.from ?? 0;
    to = Math.max(to, from + 1);
    while (to < places.length && (places[to]?.to ?? 0) <= start + PIECE) to++;
    const window = places.slice(from, Math.min(to, from + 50));
    const fresh = new Set(window.filter(({ term }) => !seen.has(term)).map(({ term }) => term)).size;
    const worth = fresh === 0 ? 0 : fresh * 50 + window.length;
    if (worth > most) {
      most = worth;
      best = window;
    }
  }
  return best;
}

function around(text: string, from: number, to: number): Piece {
  const room = Math.max(PIECE - (to - from), PIECE / 3);
  const start = Math.max(0, Math.min(from - Math.floor(room / 3), text.length - PIECE));
  const end = Math.min(text.length, Math.max(start + PIECE, to + Math.floor(room / 3)));
  return {
    from: start === 0 ? 0 : blankAfter(text, start, from),
    to: end === text.length ? end : blankBefore(text, end, to),
  };
}

function blankAfter(text: string, at: number, most: number): number {
  const blank = text.slice(at, Math.min(at + NEAR, most)).search(/\s/);
  return blank === -1 ? whole(text, at) : at + blank + 1;
}

function blankBefore(text: string, at: number, least: number): number {
  const from = Math.max(at - NEAR, least);
  const blank = text.slice(from, at).search(/\s\S*$/);
  return blank === -1 ? whole(text, at) : from + blank;
}

/** Never between the halves of a surrogate pair. */
function whole(text: string, at: number): number {
  return /[\udc00-\udfff]/.test(text.charAt(at)) ? at + 1 : at;
}

function merged(pieces: readonly Piece[]): Piece[] {
  const found: Piece[] = [];
  for (const piece of pieces.toSorted((a, b) => a.from - b.from)) {
    const last = found.at(-1);
    if (last === undefined || piece.from > last.to) found.push(piece);
    else found[found.length - 1] = { from: last.from, to: Math.max(last.to, piece.to) };
  }
  return found;
}

function marked(text: string, from: number, to: number, places: readonly Place[]): string {
  let out = "";
  let at = from;
  for (const place of places) {
    if (place.from < at || place.to > to) continue;
    out += `${clean(text.slice(at, place.from))}${BEGIN}${clean(text.slice(place.from, place.to))}${END}`;
    at = place.to;
  }
  return `${out}${clean(text.slice(at, to))}`.replace(/\s+/g, " ");
}

function clean(text: string): string {
  return text.replace(CONTROL, "");
}
