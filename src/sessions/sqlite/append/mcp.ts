/** The rows of calls of MCP tools, and which items of the wire are such calls. */
import type { DatabaseSync } from "node:sqlite";
import type { McpFacts } from "../../ledger.ts";

/** Items that stand for a call of which the wire shows none. */
const OWN: readonly unknown[] = ["mcp_tool_call", "mcp_tool_call_output"];

export function mcpRows(db: DatabaseSync) {
  const insert = db.prepare(
    "INSERT INTO call (thread, call_id, name, server, tool, client, at, ms, failed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const last = db.prepare("SELECT name FROM call WHERE thread = ? AND call_id = ? ORDER BY n DESC LIMIT 1");
  const items = db.prepare("SELECT n, type, body_hash FROM item WHERE thread = ? AND call_id = ?");
  return {
    put(thread: number, callId: string, name: string, { server, tool, client, at, ms, failed }: McpFacts): void {
      insert.run(thread, callId, name, server, tool, client, at, ms, Number(failed));
    },

    /** What hooks and people call the tool of a call whose item says `tool`. */
    nameOf(thread: number, callId: string, tool: string): string {
      const name = last.get(thread, callId)?.name;
      return typeof name === "string" && means(tool, name) ? name : tool;
    },

    /** The items of ours that stand for this call. */
    own: (thread: number, callId: string) => items.all(thread, callId).filter(({ type }) => isOwn(type)),
  };
}

/** By the item's type. */
export function isOwn(type: unknown): boolean {
  return OWN.includes(type);
}

/** Whether the tool that an item names (`mcp__plus.my_srv__one_two`) is the one of this name (`mcp__my-srv__one-two`). */
export function means(tool: string, name: string): boolean {
  return folded(tool).endsWith(folded(name.replace(/^mcp__/, "")));
}

function folded(name: string): string {
  return name.replaceAll("-", "_");
}
