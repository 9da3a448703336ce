/** The names by which servers of one project are told apart. */

/** Characters outside `A-Za-z0-9_-` become `_`, as in Claude Code. */
export function keyOf(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, "_");
}

/**
 * A key that none of the servers before it has. Codex makes hyphens `_` too, so keys that differ in these alone are the same.
 * @param taken what was given out before; this one is added
 */
export function freeKey(name: string, taken: Set<string>): string {
  const plain = keyOf(name);
  let key = plain;
  for (let number = 2; taken.has(folded(key)); number++) key = `${plain}_${number}`;
  taken.add(folded(key));
  return key;
}

function folded(key: string): string {
  return key.replaceAll("-", "_");
}
