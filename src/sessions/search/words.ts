/**
 * What is written into the table `item_words`, and what is asked of it: the words of a text, cut alike on both sides. SQLite's
 * tokenizer only folds them (case, accents): the words stand between blanks and hold letters and digits alone, as its
 * tables of Unicode are not those of Node.
 */

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
const LETTERS = String.raw`[\p{L}\p{N}]`;
const WORD = new RegExp(`[${LETTERS}&&[${UNSPACED}]]|[${LETTERS}--[${UNSPACED}]]+`, "gv");
const ASCII_WORD = /[A-Za-z0-9]+/g;
const BEYOND_ASCII = /[^\0-\x7f]/;
const ACCENT = /[\u0300-\u036f]+/g;

const JOINT = /\p{Ll}\p{Lu}|\p{Lu}\p{Lu}\p{Ll}|\p{N}\p{L}|\p{L}\p{N}/u;
const JOINTS = /(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{N})(?=\p{L})|(?<=\p{L})(?=\p{N})/u;
const HEXADECIMAL = /^(?=.*[0-9])(?=.*[a-f])[0-9a-f]{7,}$/i;

/** Begins every word that is no word of the text but a fact about it. A letter to SQLite, and never one of `WORD`. */
const FACT = "\u{e000}";

/** Facts by which items are found together with words, as fast as words. */
export interface Facts {
  /** `thread.n` */
  readonly thread?: number | undefined;
  readonly role?: string | undefined;
  readonly tool?: string | undefined;
  /** `item.at`; its month is kept. */
  readonly at?: number | undefined;
}

/**
 * The text for the index: the words in their order, so that paths and snake_case are found whole (as a phrase) and by
 * part; behind them the parts of names in camelCase, and of names with digits.
 */
export function wordsOf(text: string): string {
  const words = wordList(text.length <= HEAD + TAIL ? text : `${text.slice(0, HEAD)}\n${text.slice(-TAIL)}`);
  const parts = new Set<string>();
  for (const word of words) {
    const inside = partsOf(word);
    if (inside.length > 1) parts.add(inside.join(" "));
  }
  return parts.size === 0 ? words.join(" ") : `${words.join(" ")} ${[...parts].join(" ")}`;
}

/** The words of a text in their order, without their parts. */
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
export function factWords(facts: Facts): string {
  const words: string[] = [];
  if (facts.thread !== undefined) words.push(`${FACT}thread${facts.thread}`);
  if (facts.role !== undefined) words.push(`${FACT}role${facts.role}`);
  if (facts.tool !== undefined) words.push(...new Set(wordList(facts.tool).map((part) => `${FACT}tool${part}`)));
  if (facts.at !== undefined) words.push(`${FACT}month${monthOf(facts.at)}`);
  return words.join(" ");
}

/** The month of a moment, in UTC, as "202611". */
function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7).replace("-", "");
}

/** A moment of each month that has a part in [from, to), both in ms. */
export function monthsBetween(from: number, to: number): number[] {
  const months: number[] = [];
  const first = new Date(from);
  for (let month = 0; ; month++) {
    const at = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + month);
    if (!(at < to)) return months;
    months.push(at);
  }
}
