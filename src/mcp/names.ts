/** The names by which models and hooks know tools: `mcp__server__tool`, as Claude Code has them. */
import { createHash } from "node:crypto";
import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import type { NamedTool, Server } from "./mcp.ts";
import { folded, keyOf } from "./sources/names.ts";

/** What our gateway is called, where Codex has it as a server. */
export const GATEWAY = "plus";
/** Most characters of a name. Models take 64, and Codex makes `mcp__plus__server__tool` of it. */
const LONGEST = 64 - `${GATEWAY}__`.length;
const HASH = 8;

/**
 * Gives every tool its name. Two never share one, not even where hyphens have become underscores, as Codex has it: the
 * later one gets a hash of what it really is called. The same tools always get the same names.
 */
export function namedTools(offered: Iterable<readonly [Server, readonly Tool[]]>): NamedTool[] {
  const taken = new Set<string>();
  const named: NamedTool[] = [];
  for (const [server, tools] of offered) {
    const listed = new Set<string>();
    for (const tool of tools) {
      if (listed.has(tool.name)) continue;
      listed.add(tool.name);
      // To be called as a task only, which is an experiment of MCP's that no client of ours takes part in.
      if (tool.execution?.taskSupport === "required") continue;
      const plain = `mcp__${server.key}__${keyOf(tool.name)}`;
      const fits = plain.length <= LONGEST && !taken.has(folded(plain));
      const name = fits ? plain : hashed(plain, `${server.name}\0${tool.name}`);
      taken.add(folded(name));
      named.push({ name, server, tool });
    }
  }
  return named;
}

/** The tool of a name, which may have come back with underscores for hyphens. */
export function toolNamed(tools: readonly NamedTool[], name: string): NamedTool | undefined {
  const plain = folded(name);
  return tools.find((tool) => tool.name === name) ?? tools.find((tool) => folded(tool.name) === plain);
}

/** The server that a tool's name begins with, whether or not it is known to have such a tool. */
export function serverNamed(servers: readonly Server[], name: string): Server | undefined {
  const plain = folded(name);
  const fitting = servers.filter(({ key }) => plain.startsWith(folded(`mcp__${key}__`)));
  return fitting.toSorted((one, other) => other.key.length - one.key.length)[0];
}

function hashed(plain: string, real: string): string {
  const hash = createHash("sha256").update(real).digest("hex").slice(0, HASH);
  return `${plain.slice(0, LONGEST - HASH - 1)}_${hash}`;
}
