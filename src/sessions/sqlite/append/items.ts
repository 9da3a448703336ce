/** The rows of items, with their long bodies, pictures and words for the search. */
import type { DatabaseSync } from "node:sqlite";
import type { Blob, ItemFacts, McpFacts } from "../../ledger.ts";
import { type Facts, factWords, wordsOf } from "../../search/words.ts";
import { compress, packBody } from "../body.ts";
import { dropping } from "../drop.ts";
import { type Arrival, saidByUs } from "./known.ts";
import { isOwn, mcpRows, means } from "./mcp.ts";

export interface Place {
  readonly thread: number;
  /** Null before the first turn. */
  readonly turn: number | null;
  /** Null where another source has told of it. */
  readonly leg: number | null;
  readonly at: number;
}

export function itemRows(db: DatabaseSync) {
  const nth = "(SELECT coalesce(max(nth), 0) + 1 FROM item WHERE thread = ?1 AND hash = unhex(?2))";
  const insert = db.prepare(
    `INSERT INTO item (thread, hash, nth, id, type, role, tool, call_id, text, body, body_hash, partial, sent, turn, leg, out, at)
     VALUES (?1, unhex(?2), ${nth}, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) RETURNING n`,
  );
  const complete = db.prepare(
    `UPDATE item SET nth = CASE WHEN hash = unhex(?2) THEN nth ELSE ${nth} END, hash = unhex(?2), type = ?4, role = ?5, tool = ?6, call_id = ?7, text = ?8, body = ?9,
       body_hash = ?10, partial = ?11, sent = coalesce(?12, sent) WHERE thread = ?1 AND id = ?3 RETURNING n`,
  );
  const isPartial = db.prepare("SELECT 1 FROM item WHERE thread = ? AND id = ? AND partial = 1");
  const byId = db.prepare("SELECT n FROM item WHERE thread = ? AND id = ?");
  const byPlace = db.prepare("SELECT n FROM item WHERE thread = ? AND hash = unhex(?) ORDER BY n LIMIT 1 OFFSET ?");
  const inLeg = db.prepare(
    "SELECT n FROM item WHERE leg = ? AND hash = unhex(?) AND out = ? ORDER BY n LIMIT 1 OFFSET ?",
  );
  const setSent = db.prepare("UPDATE item SET sent = ? WHERE n = ? AND sent IS NULL");
  const hasText = db.prepare("SELECT 1 FROM text WHERE hash = ?");
  const putText = db.prepare("INSERT INTO text (hash, bytes) VALUES (?, ?)");
  const putBlob = db.prepare(
    `INSERT INTO blob (hash, media_type, size, bytes) VALUES (unhex(?), ?, ?, ?)
     ON CONFLICT (hash) DO UPDATE SET bytes = coalesce(bytes, excluded.bytes)`,
  );
  const linkBlob = db.prepare("INSERT OR IGNORE INTO item_blob (item, hash) VALUES (?, unhex(?))");
  const toolOfCall = db.prepare(
    "SELECT tool FROM item WHERE thread = ? AND call_id = ? AND tool IS NOT NULL ORDER BY n LIMIT 1",
  );
  const ofCall = db.prepare("SELECT n, type, tool, role, at, text FROM item WHERE thread = ? AND call_id = ?");
  const mcp = mcpRows(db);
  const drop = dropping(db);
  const setTool = db.prepare("UPDATE item SET tool = ? WHERE n = ?");
  const putWords = db.prepare("INSERT OR REPLACE INTO item_words (rowid, words) VALUES (?, ?)");

  function index(n: number, text: string, facts: Facts): void {
    const words = wordsOf(text);
    if (words !== "") putWords.run(n, `${words} ${factWords(facts)}`);
  }

  function keepBody(json: string): { body: string; hash: Buffer | null } {
    const { body, rest } = packBody(json);
    if (rest === undefined) return { body, hash: null };
    if (hasText.get(rest.hash) === undefined) putText.run(rest.hash, compress(rest.bytes));
    return { body, hash: rest.hash };
  }

  function keepBlob(item: number, { hash, mediaType, size, bytes }: Blob): void {
    putBlob.run(hash, mediaType, size, bytes ?? null);
    linkBlob.run(item, hash);
  }

  /** Gives the items of a call that are to have it the tool's name. */
  function name(thread: number, callId: string, tool: string, wanted: (before: unknown) => boolean): void {
    for (const { n, role, at, text, tool: before } of ofCall.all(thread, callId)) {
      if (!wanted(before)) continue;
      setTool.run(tool, Number(n));
      index(Number(n), String(text), { thread, role: String(role), tool, at: Number(at) });
    }
  }

  /** The tool of an item, which may stand for a call that we have taken down ourselves. */
  function called(thread: number, callId: string, said: string): string {
    const tool = mcp.nameOf(thread, callId, said);
    if (tool !== said) for (const { n, body_hash: hash } of mcp.own(thread, callId)) drop(Number(n), hash);
    return tool;
  }

  function write(place: Place, item: ItemFacts, answered: boolean, callers: readonly number[]): void {
    const { thread } = place;
    const { id = null, callId } = item;
    const said = item.tool ?? (callId === undefined ? undefined : toolOf(callId, callers));
    const tool = said === undefined || callId === undefined ? said : called(thread, callId, said);
    const { body, hash } = keepBody(item.body);
    const facts = [item.type, item.role, tool ?? null, callId ?? null, item.text, body, hash] as const;
    const values = [thread, item.hash, id, ...facts, Number(item.partial), item.sent ?? null] as const;
    const row =
      id !== null && isPartial.get(thread, id) !== undefined
        ? complete.get(...values)
        : insert.get(...values, place.turn, place.leg, Number(saidByUs(item, answered)), place.at);
    const n = Number(row?.n);
    index(n, item.text, { thread, role: item.role, tool, at: place.at });
    for (const blob of item.blobs) keepBlob(n, blob);
    if (callId === undefined || tool === undefined || item.tool === undefined) return;
    // An output that came before its call has been waiting for the tool's name.
    name(thread, callId, tool, (before) => before === null);
    if (item.mcp !== undefined) mcp.put(thread, callId, tool, item.mcp);
  }

  function toolOf(callId: string, callers: readonly number[]): string | undefined {
    for (const thread of callers) {
      const tool = toolOfCall.get(thread, callId)?.tool;
      if (typeof tool === "string") return tool;
    }
    return undefined;
  }

  /** What went up in an item's place is known only after it was stored. */
  function addSent({ thread, leg }: Place, { item, answered, nth, counted }: Arrival): void {
    const { id, hash, sent = null, blobs } = item;
    const row =
      id !== undefined
        ? byId.get(thread, id)
        : counted
          ? byPlace.get(thread, hash, nth - 1)
          : inLeg.get(leg, hash, Number(saidByUs(item, answered)), nth - 1);
    if (row === undefined) return;
    const n = Number(row.n);
    if (setSent.run(sent, n).changes === 0) return;
    for (const blob of blobs) keepBlob(n, blob);
  }

  return {
    has: (thread: number, id: string | undefined): boolean => id !== undefined && byId.get(thread, id) !== undefined,

    /** Takes down how a call of an MCP tool went. @returns whether the wire has shown the call itself */
    putCall(thread: number, callId: string, tool: string, facts: McpFacts): boolean {
      const isThis = (before: unknown): boolean => typeof before === "string" && means(before, tool);
      mcp.put(thread, callId, tool, facts);
      name(thread, callId, tool, isThis);
      return ofCall.all(thread, callId).some((item) => item.tool === tool && !isOwn(item.type));
    },

    /** @param callers the threads in which a call may stand whose output comes here, nearest first */
    put(place: Place, arrival: Arrival, callers: readonly number[]): void {
      if (arrival.known === "new") write(place, arrival.item, arrival.answered, callers);
      else if (arrival.known === "here" && arrival.item.sent !== undefined) addSent(place, arrival);
    },
  };
}
