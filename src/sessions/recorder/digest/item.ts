/** What is kept of one item of a conversation, whoever brings it: the wire, a rollout file, an export. */
import type { Item } from "../../../protocol/request.ts";
import type { ItemFacts } from "../../ledger.ts";
import { hashOf } from "./hash.ts";
import { withoutPictures } from "./pictures.ts";
import { readingOf } from "./reading.ts";

export interface ItemOptions {
  /** Pictures larger than this are told of, but not kept. */
  readonly blobBytes: number;
  /** Only a part of it arrived. */
  readonly partial?: boolean | undefined;
  /** The item's own JSON text, kept as the body where no picture was taken out of it. */
  readonly json?: string | undefined;
}

/**
 * The facts of an item of the Responses API, of any type: unknown ones are context without text. `nth` and `sent` are the
 * caller's to add.
 */
export function itemFacts(item: Item, { blobBytes, partial = false, json }: ItemOptions): ItemFacts {
  const { item: plain, blobs } = withoutPictures(item, blobBytes, json);
  const { id, call_id: callId } = plain;
  return {
    // The store, which takes UTF-8, would not find an id again that has half a character in it.
    id: typeof id === "string" && id !== "" ? id.toWellFormed() : undefined,
    hash: hashOf(plain),
    ...readingOf(plain),
    callId: typeof callId === "string" && callId !== "" ? callId : undefined,
    body: json !== undefined && plain === item ? json : JSON.stringify(plain),
    partial,
    blobs,
  };
}
