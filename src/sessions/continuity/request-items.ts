/** The items of a request as continuity looks at them: found by their bytes, parsed only where that is needed. */
import { type Span, stringMember } from "../../protocol/json-spans.ts";
import type { Item, RequestBody } from "../../protocol/request.ts";
import { callKey, idKey, isMessage, textOf } from "./identity.ts";
import type { View } from "./sequence.ts";

export class RequestItems {
  readonly #bytes: Buffer;
  readonly #spans: readonly Span[];

  /** @throws CodexPlusError CP_REQUEST_INVALID */
  constructor(body: RequestBody) {
    const { bytes, spans } = body.items();
    this.#bytes = bytes;
    this.#spans = spans;
  }

  get length(): number {
    return this.#spans.length;
  }

  /** The JSON text of an item, as it stands. */
  text(index: number): string {
    const { start, end } = this.#at(index);
    return this.#bytes.toString("utf8", start, end);
  }

  item(index: number): Item {
    const value: unknown = JSON.parse(this.text(index));
    return typeof value === "object" && value !== null ? (value as Item) : {};
  }

  type(index: number): string | undefined {
    return stringMember(this.#bytes, this.#at(index), "type");
  }

  /** The key of an item that has an id. */
  idKey(index: number): string | undefined {
    const id = stringMember(this.#bytes, this.#at(index), "id");
    return id === undefined || id === "" ? undefined : idKey(id);
  }

  /** The key of a call or of its output. */
  callKey(index: number): string | undefined {
    const id = stringMember(this.#bytes, this.#at(index), "call_id");
    return id === undefined ? undefined : callKey(this.type(index) ?? "", id);
  }

  /** Whether this very item came with the request. */
  has(item: Item): boolean {
    const { id } = item;
    if (typeof id === "string" && id !== "") return this.#some((index) => this.idKey(index) === idKey(id));
    return this.#some((index) => textOf(this.item(index)) === textOf(item));
  }

  /** Whether the client gives ids to what it makes itself; taken for granted where it sent nothing. */
  get named(): boolean {
    let made = false;
    for (let index = this.length - 1; index >= 0; index -= 1) {
      if (isServerMade(this.item(index))) continue;
      if (this.idKey(index) !== undefined) return true;
      made = true;
    }
    return !made;
  }

  #some(test: (index: number) => boolean): boolean {
    return this.#spans.some((_, index) => test(index));
  }

  #at(index: number): Span {
    const span = this.#spans[index];
    if (span === undefined) throw new RangeError(`no input item ${index} of ${this.#spans.length}`);
    return span;
  }
}

/** The part of a request that has no better identity than its text. */
export interface Spoken {
  /** Which items of the request they are. */
  readonly indexes: readonly number[];
  readonly view: View;
}

/**
 * What a client without ids shows of its history.
 * @param chained whether the request goes on from an earlier response
 * @param prewarmed whether that response was the answer to a prewarm: the whole history follows one (codex-wire 6)
 */
export function spoken(items: RequestItems, turn: string, chained: boolean, prewarmed: boolean): Spoken {
  const indexes: number[] = [];
  const texts: string[] = [];
  let answered = false;
  let prompt = -1;
  for (let index = 0; index < items.length; index += 1) {
    const item = items.item(index);
    const server = isServerMade(item);
    answered ||= server;
    if (server) prompt = -1;
    if (typeof item.call_id === "string") continue;
    if (isMessage(item) && item.role === "user") prompt = texts.length;
    indexes.push(index);
    texts.push(textOf(item));
  }
  // What a client adds it has made itself: items of the model's come only with everything else.
  const full = !chained || prewarmed || answered;
  return { indexes, view: { texts, turn, full, fromStart: !chained, answered, prompt } };
}

const CLIENT_MADE = /_output$|^(additional_tools|configuration_update|compaction_trigger)$/;

function isServerMade(item: Item): boolean {
  return isMessage(item) ? item.role === "assistant" : !CLIENT_MADE.test(item.type ?? "");
}
