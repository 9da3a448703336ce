/** A session out of the ledger, in one of four formats. */
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Reader } from "../store.ts";
import { type Content, contentOf } from "./content.ts";
import { newFile } from "./file.ts";
import { noMask, secretMask } from "./mask.ts";

/** json: one document that can be imported again; jsonl: a line for each item; md, html: to be read. */
export const FORMATS = ["json", "jsonl", "md", "html"] as const;
export type Format = (typeof FORMATS)[number];

export interface ExportOptions {
  readonly format: Format;
  /** Whether known patterns of secrets are replaced. */
  readonly mask: boolean;
}

/** So many UTF-16 units are handed on together. */
const CHUNK = 64 * 1024;

/** What makes the text of each format, loaded when it is wanted. */
const WRITERS: Readonly<Record<Format, (content: Content, reader: Reader) => Promise<AsyncIterable<string>>>> = {
  json: async (content, reader) => (await import("./json.ts")).jsonOf(content, reader),
  jsonl: async (content) => (await import("./jsonl.ts")).jsonlOf(content),
  md: async (content) => (await import("./markdown.ts")).markdownOf(content),
  html: async (content, reader) => (await import("./html/index.ts")).htmlOf(content, reader),
};

/**
 * Writes a session as fast as `to` takes it, with flat memory, and leaves `to` open.
 * @param id of the thread that the person sees; sub-agents and side requests below it come along
 * @throws CodexPlusError CP_SESSION_UNKNOWN; whatever `to` fails with
 */
export async function exportSession(
  reader: Reader,
  id: string,
  { format, mask, to }: ExportOptions & { readonly to: Writable },
): Promise<void> {
  const content = await contentOf(reader, id, mask ? await secretMask() : noMask, mask);
  await pipeline(chunks(await WRITERS[format](content, reader)), to, { end: false });
}

/**
 * Writes a session to a file that only its owner can read: whole, or not at all.
 * @param overwrite whether a file that is there already may be replaced
 * @throws CodexPlusError CP_FILE_UNUSABLE, CP_SESSION_UNKNOWN
 */
export async function exportToFile(
  reader: Reader,
  id: string,
  { path, overwrite = false, ...options }: ExportOptions & { readonly path: string; readonly overwrite?: boolean },
): Promise<void> {
  await newFile(path, overwrite, (to) => exportSession(reader, id, { ...options, to }));
}

async function* chunks(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let waiting = "";
  for await (const text of texts) {
    waiting += text;
    if (waiting.length < CHUNK) continue;
    yield waiting;
    waiting = "";
  }
  if (waiting !== "") yield waiting;
}
