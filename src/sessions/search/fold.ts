/** Letters without case and accents. */

const BEYOND_ASCII = /[^\0-\x7f]/;
const BEYOND_ASCII_UNIT = /[\x80-\uffff]/g;
const FINAL_SIGMA = "ς";

/**
 * Folds as SQLite's tokenizer does, and by the newer Unicode of Node: what is folded is the same to SQLite. A letter is as
 * long after folding as before, so that places are those of the text: what cannot be so stays as it is.
 */
export function fold(text: string): string {
  return (BEYOND_ASCII.test(text) ? text.replace(BEYOND_ASCII_UNIT, foldUnit) : text).toLowerCase();
}

const folds = new Map<string, string>();

function foldUnit(unit: string): string {
  let folded = folds.get(unit);
  if (folded === undefined) {
    const lower = unit === FINAL_SIGMA ? "σ" : unit.toLowerCase();
    const bare = lower.normalize("NFKD").replace(/\p{M}/gu, "");
    folded = bare.length === 1 && !BEYOND_ASCII.test(bare) ? bare : lower.length === 1 ? lower : unit;
    folds.set(unit, folded);
  }
  return folded;
}
