/** Who wants tools put into its requests and their calls made here. */
import type { Config } from "../../config/schema.ts";
import { isCodex } from "../../protocol/head.ts";
import { header } from "../../protocol/headers.ts";
import type { Head } from "../../turn.ts";

/** `inline` or `off`: what the client itself wants. */
const WISH = "x-codex-plus-mcp";

/** Whether the client has said so, or the settings do for it; undefined for neither. */
export function wishOf(head: Head, inline: Config["mcp"]["inline"]): "asked" | "set" | undefined {
  if (inline === "never") return undefined;
  const said = header(head.headers, WISH)?.trim().toLowerCase();
  if (said === "inline") return "asked";
  return said === undefined && inline === "clients" && !isCodex(head) ? "set" : undefined;
}
