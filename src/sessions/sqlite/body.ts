/** How an item's JSON lies in the file: as it is, or, where it is long, what is its own apart from what others say too. */
import { hash } from "node:crypto";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { objectMembers } from "../../protocol/json-spans.ts";

/** From this length on, in UTF-16 units, a body is worth the look-up of a row of its own. */
const LONG = 1024;
/** What makes two items differ that say the same. */
const OWN = new Set(["id", "internal_chat_message_metadata_passthrough"]);

/** What was cut out of the JSON, and where in the rest it belongs, in bytes. */
type Cut = readonly [at: number, text: string];

export interface Packed {
  /** For the column `body`: the JSON, or the cuts as JSON. */
  readonly body: string;
  /** What lies in the table `text`, uncompressed; undefined where the JSON is short. */
  readonly rest?: { readonly hash: Buffer; readonly bytes: Buffer };
}

/** Splits an item's JSON. Two items that differ in their ids and labels only have the same rest. */
export function packBody(json: string): Packed {
  if (json.length < LONG) return { body: json };
  const bytes = Buffer.from(json);
  const pieces: Buffer[] = [];
  const cuts: Cut[] = [];
  let kept = 0;
  let from = 0;
  for (const member of objectMembers(bytes) ?? []) {
    if (!OWN.has(member.key)) continue;
    pieces.push(bytes.subarray(from, member.from));
    kept += member.from - from;
    cuts.push([kept, bytes.toString("utf8", member.from, member.end)]);
    from = member.end;
  }
  pieces.push(bytes.subarray(from));
  const rest = Buffer.concat(pieces);
  return { body: JSON.stringify(cuts), rest: { hash: shortHash(rest), bytes: rest } };
}

/**
 * The item's JSON, to the byte.
 * @param body the column `item.body`
 * @param text the column `text.bytes` of `item.body_hash`; null where there is none
 */
export function unpackBody(body: string, text: Uint8Array | null | undefined): string {
  if (text === null || text === undefined) return body;
  const rest = zstdDecompressSync(text);
  const pieces: Buffer[] = [];
  let from = 0;
  for (const [at, cut] of JSON.parse(body) as readonly Cut[]) {
    pieces.push(rest.subarray(from, at), Buffer.from(cut));
    from = at;
  }
  pieces.push(rest.subarray(from));
  return Buffer.concat(pieces).toString();
}

/** For the column `text.bytes`. */
export function compress(rest: Buffer): Buffer {
  return zstdCompressSync(rest);
}

/** 128 bits of SHA-256: enough where nobody gains by making two texts meet. */
export function shortHash(bytes: Buffer | string): Buffer {
  return hash("sha256", bytes, "buffer").subarray(0, 16);
}
