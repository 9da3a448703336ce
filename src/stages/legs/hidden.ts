/** Calls that were taken out are upstream's history and not the client's: they are put back whenever the client's goes up. */
import type { Item, RequestBody } from "../../protocol/request.ts";
import type { Continuity } from "../../sessions/continuity/index.ts";
import type { Turn } from "../../turn.ts";
import { isCall, outputKey } from "./call.ts";
import { answersTo, type Leg } from "./leg.ts";
import { keepOwed, keepUnseen, unseenBehind } from "./unseen.ts";

/** How far the client's history has come, by the answers of one turn. */
export interface Known {
  /** The last item that the client has got. */
  last: Item | undefined;
  /** What was hidden behind an item that cannot be told again from others: it stands before the next that can. */
  readonly loose: Item[];
}

export function nothingKnown(): Known {
  return { last: undefined, loose: [] };
}

/**
 * Upstream has been told within the turn: calls and answers stand behind the items that the client has got before them.
 * Also to be called where nothing was taken out: the client's history has gone on.
 * @param sent the last that was passed on in answer to the request of the stages further out, or that request
 */
export function hideHere(turn: Turn, continuity: Continuity, leg: Leg, known: Known, sent: Item | RequestBody): void {
  let anchor = known.last ?? lastItem(turn.request);
  let passed = sent;
  let hidden: Item[] = [];
  const put = (next?: Item): void => {
    if (hidden.length > 0) keepUnseen(passed, hidden);
    const all = [...known.loose.splice(0), ...hidden];
    hidden = [];
    if (all.length === 0) return;
    if (anchor !== undefined && isTold(turn, anchor)) continuity.hide(turn, anchor, all);
    else if (next !== undefined && isTold(turn, next)) continuity.hideBefore(turn, next, all);
    else known.loose.push(...all);
  };
  for (const { item, shown } of leg.said) {
    if (shown === undefined) {
      hidden.push(item, ...unseenBehind(item));
      continue;
    }
    put(shown);
    anchor = shown;
    passed = shown;
  }
  hidden.push(...leg.answers);
  put();
  known.last = leg.last ?? known.last;
}

/**
 * Upstream will be told with the client's next request, which answers the calls that it was let make: behind such a call
 * stands the one that was taken out, behind its output the answer. Both come again, or neither; other items a client may
 * leave out.
 */
export function hideForLater(turn: Turn, continuity: Continuity, leg: Leg, known: Known): void {
  const [first] = leg.calls;
  const next = leg.said.find(({ shown }) => shown !== undefined)?.shown;
  if (next !== undefined && known.loose.length > 0) continuity.hideBefore(turn, next, known.loose.splice(0));
  let anchor = first;
  for (const { item, shown } of leg.said) {
    if (shown !== undefined && isCall(shown)) anchor = shown;
    const taken = leg.taken.find(({ call }) => call === item);
    if (anchor === undefined || taken === undefined) continue;
    const calls = [taken.call, ...unseenBehind(taken.call)];
    continuity.hide(turn, anchor, calls);
    continuity.hide(turn, outputKey(anchor), answersTo(taken));
    keepUnseen(anchor, calls);
    keepOwed(anchor, answersTo(taken));
  }
  known.last = leg.last ?? known.last;
}

/** Whether an item is known again: where a client names no thread, only by an id. */
function isTold({ head }: Turn, { id, call_id: call }: Item): boolean {
  return head.thread !== "" || (id !== undefined && id !== "") || call !== undefined;
}

/** The last item of a request; undefined where its input is one text. */
function lastItem(request: RequestBody): Item | undefined {
  const { bytes, spans } = request.items();
  const span = spans.at(-1);
  return span === undefined ? undefined : JSON.parse(bytes.toString("utf8", span.start, span.end));
}
