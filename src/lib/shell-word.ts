/** Words as one types them in a shell. */

const PLAIN = /^[\w@%+=:,./-]+$/;

/** A word as a shell reads it back: in quotes where it has to be. */
export function shellWord(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
