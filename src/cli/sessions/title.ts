/** What a conversation is called. */
import type { ThreadRow } from "../../sessions/ledger.ts";
import { oneLine } from "../terminal/text.ts";

/** Its title, else what was typed first; safe to print, in one line. */
export function titleOf({ title, prompt, agent, kind }: ThreadRow): string {
  return oneLine(title || prompt || agent || (kind === "user" ? "(nothing typed)" : kind));
}
