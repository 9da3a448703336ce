/** What a filter of threads is in SQL. */
import type { SQLInputValue } from "node:sqlite";
import type { ThreadKind } from "../ledger.ts";
import type { ThreadFilter } from "../store.ts";

/** A condition with the values of its question marks. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/** @param kinds undefined: all */
export function ofKinds(kinds: readonly ThreadKind[] | undefined): Condition[] {
  if (kinds === undefined) return [];
  return [{ sql: `thread.kind IN (${kinds.map(() => "?").join(", ")})`, values: kinds }];
}

/** Where and with what they were had. */
export function ofThread({ cwd, model, client }: Pick<ThreadFilter, "cwd" | "model" | "client">): Condition[] {
  const found: Condition[] = [];
  if (cwd !== undefined) found.push(inFolder(cwd));
  if (model !== undefined) found.push(contains("thread.model", model));
  if (client !== undefined) found.push(contains("thread.client", client));
  return found;
}

/** Those that were in use within the time. */
export function inTime({ since, before }: Pick<ThreadFilter, "since" | "before">): Condition[] {
  const found: Condition[] = [];
  if (since !== undefined) found.push({ sql: "thread.used >= ?", values: [since] });
  if (before !== undefined) found.push({ sql: "thread.created < ?", values: [before] });
  return found;
}

/** Conversations last used before then, of which no sub-agent and no fork was in use since. */
export function unusedSince(before: number): Condition {
  const live = `WITH RECURSIVE live (root) AS (
    SELECT root FROM thread WHERE used >= ? AND kind <> 'removed'
    UNION SELECT parent.root FROM live JOIN thread ON thread.root = live.root
      JOIN thread AS parent ON parent.id = thread.forked_from)
    SELECT root FROM live`;
  return { sql: `thread.root NOT IN (${live}) AND thread.kind <> 'removed'`, values: [before] };
}

export function and(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.length === 0 ? "TRUE" : conditions.map(({ sql }) => `(${sql})`).join(" AND "),
    values: conditions.flatMap(({ values }) => values),
  };
}

export function contains(column: string, part: string): Condition {
  return { sql: `instr(lower(${column}), lower(?)) > 0`, values: [part] };
}

function inFolder(folder: string): Condition {
  const path = folder.replace(/[/\\]+$/, "");
  return {
    sql: "thread.cwd = ? OR substr(thread.cwd, 1, length(?) + 1) IN (? || '/', ? || '\\')",
    values: [path, path, path, path],
  };
}
