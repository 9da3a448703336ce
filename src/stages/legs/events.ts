/** What the events of an answer are about. */
import type { WireEvent } from "../../protocol/frame.ts";
import type { Item } from "../../protocol/request.ts";

export const ADDED = "response.output_item.added";
export const DONE = "response.output_item.done";

/** Where in the answer an event belongs; undefined for one that is about no item. */
export function placeOf(event: WireEvent | undefined): string | undefined {
  if (event === undefined) return undefined;
  if (typeof event.output_index === "number") return String(event.output_index);
  const item = itemOf(event);
  const id = event.item_id ?? item?.id ?? item?.call_id;
  return typeof id === "string" ? `@${id}` : undefined;
}

export function itemOf(event: WireEvent | undefined): Item | undefined {
  return typeof event?.item === "object" && event.item !== null ? (event.item as Item) : undefined;
}

/** The response that an event names, at its beginning and at its end. */
export function responseOf(event: WireEvent | undefined): Readonly<Record<string, unknown>> | undefined {
  const response = event?.response;
  return typeof response === "object" && response !== null ? { ...response } : undefined;
}

/** The items that the end of an answer names. */
export function itemsOf(event: WireEvent | undefined): readonly Item[] {
  const output = responseOf(event)?.output;
  return Array.isArray(output) ? output : [];
}
