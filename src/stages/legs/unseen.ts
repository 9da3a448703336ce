/**
 * Where the client's view of an answer and upstream's part: items that only upstream knows of, and items that only the
 * client does. A stage further out sees the client's; what it sends up in a leg of its own must be upstream's.
 */
import type { Item, RequestBody } from "../../protocol/request.ts";

const behind = new WeakMap<Item | RequestBody, readonly Item[]>();
const ours = new WeakSet<Item>();

/** @param after an item as it has been passed on, or the request that is answered where none has been yet */
export function keepUnseen(after: Item | RequestBody, items: readonly Item[]): void {
  behind.set(after, [...(behind.get(after) ?? []), ...items]);
}

/** An item that upstream never said. */
export function keepOurs(item: Item): void {
  ours.add(item);
}

/** What upstream has said and been told in answer to a request. @param output as it has been passed on */
export function asUpstream(sent: RequestBody, output: readonly Item[]): readonly Item[] {
  const whole = output.flatMap((item) => [...(ours.has(item) ? [] : [item]), ...(behind.get(item) ?? [])]);
  return [...(behind.get(sent) ?? []), ...whole];
}
