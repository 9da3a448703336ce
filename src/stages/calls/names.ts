/** What hooks call the tools that Codex reaches through our gateway. */
import type { ToolNames } from "../../hooks/tools/names.ts";
import type { McpRoom } from "../../mcp/mcp.ts";
import { GATEWAY, toolNamed } from "../../mcp/names.ts";

/** What Codex puts before the names of the gateway's tools. */
const PREFIX = `mcp__${GATEWAY}__`;

/**
 * `mcp__plus__my_srv__one_two` is `mcp__my-srv__one-two`: the gateway's own name is left out, and where Codex has made `_`
 * of `-` the servers' tools tell. Other servers Codex runs itself: theirs stay as they are. Never throws.
 */
export function toolNames(room: Pick<McpRoom, "tools">): ToolNames {
  return async (name, project) => {
    if (!name.startsWith(PREFIX)) return name;
    const plain = `mcp__${name.slice(PREFIX.length)}`;
    const known = await room.tools(project).catch(() => []);
    return toolNamed(known, plain)?.name ?? plain;
  };
}
