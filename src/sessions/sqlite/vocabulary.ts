/** The words that the index of `item_words` knows. */
import type { DatabaseSync } from "node:sqlite";

/** More than so many are not worth naming: they would be found one by one. */
const FEW = 256;

/** @returns what gives the words that begin so (folded); undefined where there are more than a few */
export function vocabulary(db: DatabaseSync): (beginning: string) => readonly string[] | undefined {
  db.exec("CREATE VIRTUAL TABLE IF NOT EXISTS temp.word USING fts5vocab (main, item_words, instance)");
  // The next word, and not the next place of the same: that would be to read all places of it.
  const next = db.prepare("SELECT term FROM temp.word WHERE term >= ? AND term < ? || char(0x10FFFF) LIMIT 1");
  return (beginning) => {
    const found: string[] = [];
    for (let from = beginning; ; from = `${found.at(-1)}\u0001`) {
      const word = next.get(from, beginning)?.term;
      if (typeof word !== "string") return found;
      if (found.length === FEW) return undefined;
      found.push(word);
    }
  };
}
