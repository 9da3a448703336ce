/** Rows of the ledger's tables as what they mean. What is not known is left out. */
import type { ItemRow, LegRow, Limit, ThreadRow, TurnRow } from "../ledger.ts";
import { unpackBody } from "./body.ts";

/** As SQLite gives it, named by the columns below. What wrote it was checked, and SQLite sees to the types (STRICT). */
export type Row = Readonly<Record<string, unknown>>;

/** Those below a thread: all that share its root; below one that is no root itself, what it has begun. */
export const BELOW = `low.root = thread.root AND low.id <> thread.id AND (thread.id = thread.root OR low.parent = thread.id)`;

export const THREAD = `thread.id, thread.kind, thread.root, thread.parent, thread.forked_from AS forkedFrom,
  thread.forked_at AS forkedAt, thread.agent, thread.client, thread.client_version AS clientVersion, thread.provider,
  thread.cwd, thread.git_commit AS "commit", thread.model, thread.effort, thread.title, thread.prompt, thread.source,
  thread.created, thread.used, thread.turns, thread.errors, thread.input, thread.cached, thread.output, thread.reasoning,
  (SELECT count(*) FROM thread AS low WHERE ${BELOW}) AS below`;

export const TURN = `n, id, position, trigger, kind, model, effort, started, first_byte_ms AS firstByteMs, ms, state, local,
  input, cached, output, reasoning, limits, error_code AS errorCode, error_message AS errorMessage`;

export const LEG = `n, key, kind, wire, trigger, model, effort, started, first_byte_ms AS firstByteMs, ms, state, status, local,
  dropped, response_id AS responseId, input, cached, output, reasoning, error_code AS errorCode, error_message AS errorMessage`;

export const ITEM = `item.n, item.turn, item.leg, item.id, item.type, item.role, item.tool, item.call_id AS callId, item.text,
  item.body, text.bytes, item.sent, item.out, item.partial, item.at`;

export const CALL = "server, tool, client, at, ms, failed";

export function threadRow(row: Row): ThreadRow {
  return known({ ...row, ...usageOf(row) }) as ThreadRow;
}

export function turnRow(row: Row, thread: string, legs: readonly Row[]): TurnRow {
  const limits = row.limits === null ? null : (JSON.parse(String(row.limits)) as readonly Limit[]);
  return known({
    ...row,
    ...usageOf(row),
    ...errorOf(row),
    thread,
    limits,
    local: row.local === 1,
    legs: legs.map(legRow),
  }) as TurnRow;
}

export function legRow(row: Row): LegRow {
  const flags = { local: row.local === 1, dropped: row.dropped === 1 };
  return known({ ...row, ...usageOf(row), ...errorOf(row), ...flags }) as LegRow;
}

/** @param call the row of the call that the item is, where there is one */
export function itemRow({ bytes, ...row }: Row, call: Row | undefined): ItemRow {
  const body = unpackBody(String(row.body), bytes as Uint8Array | null);
  const leg = row.leg ?? undefined;
  const mcp = call && { ...call, failed: call.failed === 1 };
  return { ...known({ ...row, body, out: row.out === 1, partial: row.partial === 1, mcp }), leg } as ItemRow;
}

function usageOf({ input, cached, output, reasoning }: Row) {
  const usage = input === null ? null : { input, cached, output, reasoning };
  return { usage, input: null, cached: null, output: null, reasoning: null };
}

function errorOf({ errorCode: code, errorMessage: message }: Row) {
  return { error: code === null ? null : { code, message: message ?? "" }, errorCode: null, errorMessage: null };
}

function known(row: Row): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== undefined));
}
