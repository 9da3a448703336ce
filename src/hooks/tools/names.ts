/** The names that hooks know tools of MCP servers by, whatever Codex calls them. */
import type { CodexCall } from "./present.ts";

/**
 * From the name that Codex calls a tool by (`mcp__lo_cal__one_two`) the one that hooks know it by. Given by who knows the
 * servers; a name that is not known there stays as it is.
 */
export type ToolNames = (name: string, project: string) => Promise<string>;

/** The same call under the name that hooks know it by. */
export async function named(call: CodexCall, project: string, names: ToolNames | undefined): Promise<CodexCall> {
  const { namespace, name, input } = call;
  const whole = namespace === undefined ? name : `${namespace}__${name}`;
  if (names === undefined || !whole.startsWith("mcp__")) return call;
  return { name: await names(whole, project), input };
}
