/** A query in the language of SQLite's FTS5, of which every string is legal. */
import { fold } from "./fold.ts";
import type { Query, Term } from "./query.ts";
import { type Facts, factWords, partsOf } from "./words.ts";

/** Folded words beside each other; of the last maybe only the beginning. */
export interface Phrase {
  readonly words: readonly string[];
  readonly prefix: boolean;
}

/** What is asked of the index: one phrase of each list of `all`, none of `none`. */
export interface Wanted {
  readonly all: readonly (readonly Phrase[])[];
  readonly none: readonly Phrase[];
}

/** Words of the index that begin so; undefined where they are too many to name. */
export type Endings = (beginning: string) => readonly string[] | undefined;

const ANY: readonly Facts[] = ["user", "assistant", "tool", "reasoning"].map((role) => ({ role }));

/** All that is asked. A beginning is asked for by the words that begin so, where they are few: that is much faster. */
export function wantedOf({ all, none }: Query, endings: Endings): Wanted {
  const named = (term: Term): readonly Phrase[] =>
    formsOf(term).flatMap((words) => (term.prefix ? spelledOut(words, endings) : [{ words, prefix: false }]));
  return { all: all.map((terms) => terms.flatMap(named)), none: none.flatMap(named) };
}

/**
 * The same without those beginnings that many words have: what it finds is yet to be looked through.
 * @returns undefined where there are no such beginnings
 */
export function loosely({ all, none }: Wanted): Wanted | undefined {
  if (![...all.flat(), ...none].some(({ prefix }) => prefix)) return undefined;
  const loose = all.map((phrases) =>
    phrases.map((phrase): Phrase => (phrase.prefix ? { words: phrase.words.slice(0, -1), prefix: false } : phrase)),
  );
  return {
    all: loose.filter((phrases) => phrases.every(({ words }) => words.length > 0)),
    none: none.filter(({ prefix }) => !prefix),
  };
}

/** @param facts one of each list must hold */
export function matchOf({ all, none }: Wanted, facts: readonly (readonly Facts[])[]): string {
  const wanted = all.map((phrases) => anyOf(phrases.map(matchOfPhrase)));
  const held = (wanted.length + facts.length === 0 ? [ANY] : facts).map((list) => anyOf(list.map(matchOfFacts)));
  const positive = [...wanted, ...held].join(" AND ");
  return none.length === 0 ? positive : `(${positive}) NOT ${anyOf(none.map(matchOfPhrase))}`;
}

/** A name's parts are indexed behind the text. */
function formsOf({ words }: Term): readonly (readonly string[])[] {
  const [word = ""] = words;
  const parts = words.length === 1 ? partsOf(word) : [];
  return (parts.length > 1 ? [words, parts] : [words]).map((form) => form.map(fold));
}

function spelledOut(words: readonly string[], endings: Endings): readonly Phrase[] {
  const found = endings(words.at(-1) ?? "");
  if (found === undefined) return [{ words, prefix: true }];
  if (found.length === 0) return [{ words, prefix: false }];
  return found.map((ending) => ({ words: [...words.slice(0, -1), ending], prefix: false }));
}

function matchOfPhrase({ words, prefix }: Phrase): string {
  return `"${words.join(" ")}"${prefix ? "*" : ""}`;
}

/** A tool is found by all parts of its name. */
function matchOfFacts(facts: Facts): string {
  return allOf(
    factWords(facts)
      .split(" ")
      .map((word) => `"${word}"`),
  );
}

function anyOf(matches: readonly string[]): string {
  return matches.length === 1 ? String(matches[0]) : `(${matches.join(" OR ")})`;
}

function allOf(matches: readonly string[]): string {
  return matches.length === 1 ? String(matches[0]) : `(${matches.join(" AND ")})`;
}
