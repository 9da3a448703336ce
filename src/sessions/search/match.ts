/** A query in the language of SQLite's FTS5, of which every string is legal. */
import type { Query, Term } from "./query.ts";
import { type Facts, factWords, partsOf } from "./words.ts";

const ANY: readonly Facts[] = ["user", "assistant", "tool", "reasoning"].map((role) => ({ role }));

/** @param facts one of each list must hold */
export function matchOf({ all, none }: Pick<Query, "all" | "none">, facts: readonly (readonly Facts[])[]): string {
  const wanted = all.map((terms) => anyOf(terms.map(matchOfTerm)));
  const held = (wanted.length + facts.length === 0 ? [ANY] : facts).map((list) => anyOf(list.flatMap(matchOfFacts)));
  const positive = [...wanted, ...held].join(" AND ");
  return none.length === 0 ? positive : `(${positive}) NOT ${anyOf(none.map(matchOfTerm))}`;
}

function matchOfTerm({ words, prefix }: Term): string {
  const star = prefix ? "*" : "";
  const whole = `${phrase(words)}${star}`;
  const [word = ""] = words;
  const parts = partsOf(word);
  // A name's parts are indexed behind the text.
  return words.length > 1 || parts.length === 1 ? whole : `(${whole} OR ${phrase(parts)}${star})`;
}

/** A tool is found by all parts of its name. */
function matchOfFacts(facts: Facts): string {
  const words = factWords(facts).split(" ");
  return words.length === 1 ? phrase(words) : `(${words.map((word) => phrase([word])).join(" AND ")})`;
}

function phrase(words: readonly string[]): string {
  return `"${words.join(" ")}"`;
}

function anyOf(matches: readonly string[]): string {
  return matches.length === 1 ? String(matches[0]) : `(${matches.join(" OR ")})`;
}
