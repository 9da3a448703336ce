/** What a request tells: whose it is, what is asked of which model, and what is new in it. */
import { decodeNow } from "../../../protocol/decode.ts";
import { header } from "../../../protocol/headers.ts";
import { cwdIn } from "../../../protocol/prompt.ts";
import { RequestBody } from "../../../protocol/request.ts";
import type { ItemFacts } from "../../ledger.ts";
import type { Begun, Setup } from "../notes.ts";
import { type Asked, askedItems, typedItem } from "./asked.ts";
import type { Known, KnownThread } from "./known.ts";
import { type Origin, originOf } from "./origin.ts";
import { fieldsOf, parsedFields, textOf } from "./values.ts";

/** A body may be this long when it is decoded: more than the server lets in. */
const MOST_BYTES = 256 * 1024 * 1024;
/** One that grows so much when it is decoded says nothing, and would only fill memory; conversations grow tenfold. */
const MOST_GROWTH = 200;
const SMALL_BYTES = 1024 * 1024;

export interface Digest extends Pick<Setup, "run" | "blobBytes"> {
  readonly known: Known;
}

export interface RequestFacts extends Asked {
  readonly origin: Origin;
  readonly cwd: string | undefined;
  readonly model: string | undefined;
  readonly effort: string | undefined;
  readonly previous: string | undefined;
  /** Whether its items are the whole history. */
  readonly whole: boolean;
  /** Whether the answer is wanted as a stream. */
  readonly stream: boolean;
  /** Of a thread that the client names. */
  readonly known: KnownThread | undefined;
}

const NOTHING: Asked = { items: [], fresh: false };

/** @param body as `requestBody` has read it; undefined where it is missing or cannot be read */
export function requestFacts(begun: Begun, body: RequestBody | undefined, digest: Digest): RequestFacts {
  const client = body && fieldsOf(body.field("client_metadata"));
  const origin = originOf(begun, client, body?.field("generate") !== false, `cp_${digest.run}_${begun.id}`);
  const known = origin.named ? digest.known.thread(origin.thread.id) : undefined;
  const previous = textOf(body?.field("previous_response_id"));
  const whole = body !== undefined && (previous === undefined || previous === known?.warmup);
  const asked = body === undefined ? NOTHING : itemsOf(body, { whole, known, blobBytes: digest.blobBytes });
  const changed = effortIn(asked) ?? known?.effort;
  if (known !== undefined) known.effort = changed;
  return {
    ...asked,
    origin,
    cwd: origin.thread.cwd ?? folderIn(asked),
    model: textOf(body?.field("model")),
    effort: origin.effort ?? changed ?? textOf(fieldsOf(body?.field("reasoning")).effort),
    previous,
    whole,
    // Not where nothing is said of it: that is the API's default.
    stream: begun.wire === "ws" || body === undefined || body.field("stream") === true,
    known,
  };
}

/** Undefined for what is no JSON object in a known content coding. */
export function requestBody(bytes: Uint8Array | undefined, headers: Begun["headers"]): RequestBody | undefined {
  if (bytes === undefined) return undefined;
  try {
    const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const most = Math.min(MOST_BYTES, Math.max(SMALL_BYTES, whole.length * MOST_GROWTH));
    const body = new RequestBody(decodeNow(whole, header(headers, "content-encoding"), most));
    body.items();
    return body;
  } catch {
    return undefined;
  }
}

function itemsOf(body: RequestBody, options: Parameters<typeof askedItems>[2]): Asked {
  const { bytes, spans } = body.items();
  const input = spans.length === 0 ? body.field("input") : undefined;
  if (typeof input !== "string") return askedItems(bytes, spans, options);
  return { items: [{ index: 0, facts: typedItem(input, options.blobBytes) }], fresh: true };
}

/** The effort that the last `configuration_update` sets: the field of the request keeps its first value (codex-wire 4.3). */
function effortIn({ items }: Asked): string | undefined {
  const update = items.findLast(({ facts }) => facts.type === "configuration_update");
  return textOf(fieldsOf(parsedFields(update?.facts.body).reasoning).effort);
}

function folderIn({ items }: Asked): string | undefined {
  const context = (facts: ItemFacts): boolean => facts.role === "context" && facts.type === "message";
  return items
    .map(({ facts }) => (context(facts) ? cwdIn(facts.body) : undefined))
    .findLast((cwd) => cwd !== undefined);
}
