/** The names by which servers of one project are told apart. */
import type { Server } from "../mcp.ts";

/** The server that is called so: by its name, else by its key. */
export function serverCalled(servers: readonly Server[], called: string): Server | undefined {
  return servers.find(({ name }) => name === called) ?? servers.find(({ key }) => key === called);
}

/** Characters outside `A-Za-z0-9_-` become `_`, as in Claude Code. */
export function keyOf(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, "_");
}

/**
 * A key that none of the servers before it has, also as Codex has it.
 * @param taken what was given out before; this one is added
 */
export function freeKey(name: string, taken: Set<string>): string {
  const plain = keyOf(name);
  let key = plain;
  for (let number = 2; taken.has(folded(key)); number++) key = `${plain}_${number}`;
  taken.add(folded(key));
  return key;
}

/** As Codex has a name: of hyphens it makes `_`. */
export function folded(key: string): string {
  return key.replaceAll("-", "_");
}
