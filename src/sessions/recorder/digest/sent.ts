/** What went up in the place of a request's items: a stage may have changed or dropped them, or put others beside them. */
import { type Span, stringMember } from "../../../protocol/json-spans.ts";

export interface Items {
  readonly bytes: Buffer;
  readonly spans: readonly Span[];
}

/**
 * By the index of an item that came: the JSON texts of what went up in its place; only of those that did not go up as they
 * were. An item is found again by its id or else its text. Of what lies between two found ones the last stands for the
 * last, as a prompt stands at the end; what is over belongs to the first, or, where nothing came between, to the item
 * before.
 */
export function sentInPlace(came: Items, went: Items): Map<number, readonly string[]> {
  const texts = went.spans.map((span) => textAt(went, span));
  const places: string[][] = came.spans.map(() => []);
  let [from, up] = [0, 0];
  for (const [at, place] of [...found(came, went), [came.spans.length, texts.length] as const]) {
    const between = texts.slice(up, place);
    if (from === at) places[at === 0 ? 0 : at - 1]?.push(...between);
    else for (let last = at - 1; last >= from; last -= 1) places[last]?.push(...between.splice(last === from ? 0 : -1));
    if (place < texts.length) places[at]?.push(texts[place] as string);
    [from, up] = [at + 1, place + 1];
  }
  const changed = (texts: readonly string[], index: number): boolean =>
    texts.length !== 1 || texts[0] !== textAt(came, came.spans[index] as Span);
  return new Map(Array.from(places.entries()).filter(([index, each]) => changed(each, index)));
}

/** Places of items that came and went, both in order. */
function found(came: Items, went: Items): (readonly [number, number])[] {
  const places = Map.groupBy(went.spans.keys(), (index) => keyOf(went, went.spans[index] as Span));
  const pairs: (readonly [number, number])[] = [];
  let next = 0;
  for (const [at, span] of came.spans.entries()) {
    const place = places.get(keyOf(came, span))?.find((index) => index >= next);
    if (place === undefined) continue;
    pairs.push([at, place]);
    next = place + 1;
  }
  return pairs;
}

function keyOf(items: Items, span: Span): string {
  return stringMember(items.bytes, span, "id") || textAt(items, span);
}

function textAt({ bytes }: Items, { start, end }: Span): string {
  return bytes.toString("utf8", start, end);
}
