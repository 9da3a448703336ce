/**
 * What is written into the table `item_words`, and what is asked of it: the words of a text, cut and folded alike on both
 * sides. SQLite's tokenizer finds nothing more to do: its tables of Unicode are older than those of Node.
 */

import { stripVTControlCharacters } from "node:util";
import { fold } from "./fold.ts";

/** How much of a long text is indexed, in UTF-16 units: its beginning and its end (a tool's output of megabytes). */
const HEAD = 128 * 1024;
const TAIL = 64 * 1024;
/** A longer word (base64, a hash) is known by its beginning. */
const LONGEST = 128;
/** A name that is longer or falls into more parts is a random id rather than a name somebody chose. */
const LONGEST_NAME = 64;
const MOST_PARTS = 6;

/** Scripts that set no blanks between words: each of their letters is a word, and what is looked for is a phrase of them. */
const UNSPACED = String.raw`\p{Script_Extensions=Han}\p{Script_Extensions=Hiragana}\p{Script_Extensions=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}`;
/** Those at the end are letters only since Unicode 8, and none to SQLite. */
const LETTERS = String.raw`[[\p{L}\p{N}]--[\u19b0-\u19c0\u19c8\u19c9\u1cf2\u1cf3]]`;
const WORD = new RegExp(`[${LETTERS}&&[${UNSPACED}]]|[${LETTERS}--[${UNSPACED}]]+`, "gv");
const ASCII_WORD = /[A-Za-z0-9]+/g;
const BEYOND_ASCII = /[^\0-\x7f]/;
const ACCENT = /[\u0300-\u036f]+/g;

const JOINT = /\p{Ll}\p{Lu}|\p{Lu}\p{Lu}\p{Ll}|\p{N}\p{L}|\p{L}\p{N}/u;
const JOINTS = /(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{N})(?=\p{L})|(?<=\p{L})(?=\p{N})/u;
const HEXADECIMAL = /^(?=.*[0-9])(?=.*[a-f])[0-9a-f]{7,}$/i;

const DAY = 24 * 60 * 60_000;

/** Begins every word that is no word of the text but a fact about it. A letter to SQLite, and never one of `WORD`. */
const FACT = "\u{e000}";

/** Facts by which items are found together with words, as fast as words. */
export interface Facts {
  /** `thread.n` */
  readonly thread?: number | undefined;
  readonly role?: string | undefined;
  readonly tool?: string | undefined;
  /** `item.at`: its month and its day are kept. */
  readonly at?: number | undefined;
  /** "202611", "20261122", both in UTC. */
  readonly month?: string | undefined;
  readonly day?: string | undefined;
}

/**
 * The text for the index: the words in their order, folded, so that paths and snake_case are found whole (as a phrase) and by
 * part; behind them the parts of names in camelCase, and of names with digits.
 */
export function wordsOf(text: string): string {
  const words = wordList(indexed(text));
  const parts = new Set<string>();
  for (const word of words) {
    const inside = partsOf(word);
    if (inside.length > 1) parts.add(inside.join(" "));
  }
  return fold([...words, ...parts].join(" "));
}

/** What of a text is indexed. Colours are none of it: their last letters would become the first of the words behind them. */
export function indexed(text: string): string {
  const bounded = text.length <= HEAD + TAIL ? text : `${text.slice(0, HEAD)}\n${text.slice(-TAIL)}`;
  return bounded.includes("\u001b") ? stripVTControlCharacters(bounded) : bounded;
}

/** The words of a text in their order as they are written, without their parts. */
export function wordList(text: string): string[] {
  const words = BEYOND_ASCII.test(text)
    ? text.normalize("NFKC").replace(ACCENT, "").match(WORD)
    : text.match(ASCII_WORD);
  return (words ?? []).map((word) => (word.length > LONGEST ? word.slice(0, LONGEST) : word));
}

/** `fooBarHTTPServer2` is foo, Bar, HTTP, Server, 2; what is no such name is itself. */
export function partsOf(word: string): readonly string[] {
  if (word.length > LONGEST_NAME || !JOINT.test(word) || HEXADECIMAL.test(word)) return [word];
  const parts = word.split(JOINTS);
  return parts.length <= MOST_PARTS && word.length >= 2 * parts.length ? parts : [word];
}

/** Words for facts, to be appended to `wordsOf`. A tool has one for each part of its name: `exec_command` is found by both. */
export function factWords({ thread, role, tool, at, ...time }: Facts): string {
  const day = at === undefined ? time.day : dayOf(at);
  const month = at === undefined ? time.month : dayOf(at).slice(0, 6);
  const words: string[] = [];
  if (thread !== undefined) words.push(`thread${thread}`);
  if (role !== undefined) words.push(`role${role}`);
  if (tool !== undefined) words.push(...new Set(wordList(tool).map((part) => `tool${fold(part)}`)));
  if (month !== undefined) words.push(`month${month}`);
  if (day !== undefined) words.push(`day${day}`);
  return words.map((word) => FACT + word).join(" ");
}

/** The whole months within [from, to), and the days beside them, so that each moment of it is in one; both in ms. */
export function daysBetween(from: number, to: number): Facts[] {
  const found: Facts[] = [];
  let at = Math.floor(from / DAY) * DAY;
  while (at < to) {
    const date = new Date(at);
    const next = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
    const whole = date.getUTCDate() === 1 && next <= to;
    found.push(whole ? { month: dayOf(at).slice(0, 6) } : { day: dayOf(at) });
    at = whole ? next : at + DAY;
  }
  return found;
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10).replaceAll("-", "");
}
