/**
 * Where the client's view of an answer and upstream's part: items that only upstream knows of, and items that only the
 * client does. A stage further out sees the client's; what it sends up in a leg of its own must be upstream's.
 */
import { type Item, RequestBody } from "../../protocol/request.ts";

const behind = new WeakMap<Item | RequestBody, readonly Item[]>();
const owed = new WeakMap<Item, readonly Item[]>();
const begun = new WeakMap<RequestBody, Item | RequestBody>();
const ours = new WeakSet<Item>();

/** @param after an item as it has been passed on, or the request that is answered where none has been yet */
export function keepUnseen(after: Item | RequestBody, items: readonly Item[]): void {
  behind.set(after, [...unseenBehind(after), ...items]);
  const before = after instanceof RequestBody ? begun.get(after) : undefined;
  if (before !== undefined) keepUnseen(before, items);
}

/** A leg of a stage's own begins here: what is unseen before its first item stands, to those further out, behind this. */
export function beginsBehind(leg: RequestBody, last: Item | RequestBody): void {
  begun.set(leg, last);
}

/** The last item that the client has got before this leg of a stage's own; undefined where that is one of its request. */
export function lastBefore(leg: RequestBody): Item | undefined {
  const last = begun.get(leg);
  return last instanceof RequestBody ? lastBefore(last) : last;
}

/** What has to be told together with the output of this call: answers to calls that only upstream knows of. */
export function keepOwed(call: Item, answers: readonly Item[]): void {
  owed.set(call, [...owedWith(call), ...answers]);
}

/** An item that upstream never said. */
export function keepOurs(item: Item): void {
  ours.add(item);
}

export function unseenBehind(after: Item | RequestBody): readonly Item[] {
  return behind.get(after) ?? [];
}

export function owedWith(call: Item): readonly Item[] {
  return owed.get(call) ?? [];
}

/** What upstream has said and been told in answer to a request. @param output as it has been passed on */
export function asUpstream(sent: RequestBody, output: readonly Item[]): readonly Item[] {
  const whole = output.flatMap((item) => [...(ours.has(item) ? [] : [item]), ...unseenBehind(item)]);
  return [...unseenBehind(sent), ...whole];
}
