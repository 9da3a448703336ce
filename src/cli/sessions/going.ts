/** Conversations that are about to be deleted, as lines. */
import { count, moment } from "../../lib/amounts.ts";
import type { ThreadRow } from "../../sessions/ledger.ts";
import { type Column, tableLines } from "../terminal/table.ts";
import { shortIds } from "./find.ts";
import { titleOf } from "./title.ts";

const COLUMNS: readonly Column[] = [
  { head: "id", style: "cyan" },
  { head: "used", style: "dim" },
  { head: "turns", right: true, spare: 1 },
  { head: "title", rest: true },
];

/** How many are named. */
const NAMED = 20;

export function going(threads: readonly ThreadRow[]): string[] {
  const ids = shortIds(threads);
  const rows = threads
    .slice(0, NAMED)
    .map((thread, index) => [ids[index] ?? thread.id, moment(thread.used), String(thread.turns), titleOf(thread)]);
  const more = threads.length - rows.length;
  return [...tableLines(COLUMNS, rows), ...(more > 0 ? [`… and ${count(more, "more", "more")}`] : [])];
}
