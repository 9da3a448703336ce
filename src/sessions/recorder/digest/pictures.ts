/** Pictures and files inside items: taken out, so that each is kept once however often it is sent. */
import { hash } from "node:crypto";
import type { Item } from "../../../protocol/request.ts";
import type { Blob } from "../../ledger.ts";
import { textOf } from "./values.ts";

/** Where the Responses API has data URLs: `input_image`, chat-style parts, `input_file`. */
const URL_FIELDS: ReadonlySet<string> = new Set(["image_url", "url", "file_data"]);
const DATA_URL = /^data:([^;,]*)(?:;[^,]*)?;base64,/i;
/** The name that stands in a picture's place. */
const BLOB = "codex-plus:blob/";

/**
 * The item with each picture replaced by `codex-plus:blob/HASH`, and the pictures; the very item where it has none.
 * @param json the item's JSON text, where it is at hand: most are known by a search in it to hold no picture
 */
export function withoutPictures(
  item: Item,
  blobBytes: number,
  json?: string,
): { readonly item: Item; readonly blobs: readonly Blob[] } {
  const drawn = item.type === "image_generation_call";
  if (!drawn && json !== undefined && !json.includes(";base64,")) return { item, blobs: [] };
  const blobs = new Map<string, Blob>();
  const take = (mediaType: string, base64: string): string => {
    const blob = blobOf(mediaType, base64, blobBytes);
    blobs.set(blob.hash, blob);
    return BLOB + blob.hash;
  };
  let plain = replaced(item, take) as Item;
  const drawing = drawn ? textOf(item.result) : undefined;
  if (drawing !== undefined && !drawing.startsWith(BLOB)) {
    plain = { ...plain, result: take(`image/${textOf(item.output_format) ?? "png"}`, drawing) };
  }
  return { item: plain, blobs: [...blobs.values()] };
}

function blobOf(mediaType: string, base64: string, blobBytes: number): Blob {
  const bytes = Buffer.from(base64, "base64");
  const told = { hash: hash("sha256", bytes, "hex"), mediaType, size: bytes.length };
  return bytes.length > blobBytes ? told : { ...told, bytes };
}

/** The same value, copied only where a picture was taken out. */
function replaced(value: unknown, take: (mediaType: string, base64: string) => string): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const copy = value.map((each) => replaced(each, take));
    return copy.some((each, index) => each !== value[index]) ? copy : value;
  }
  let copy: Record<string, unknown> | undefined;
  for (const [key, each] of Object.entries(value)) {
    const url = typeof each === "string" && URL_FIELDS.has(key) ? DATA_URL.exec(each) : null;
    const next = url === null ? replaced(each, take) : take(url[1] ?? "", (each as string).slice(url[0].length));
    if (next === each) continue;
    copy ??= { ...value };
    copy[key] = next;
  }
  return copy ?? value;
}
