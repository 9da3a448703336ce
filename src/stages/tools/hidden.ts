/** Calls that were denied are upstream's history and not the client's: they are put back whenever the client's goes up. */
import type { Item, RequestBody } from "../../protocol/request.ts";
import type { Continuity } from "../../sessions/continuity/index.ts";
import type { Turn } from "../../turn.ts";
import { keepUnseen } from "../legs/unseen.ts";
import { isCall, outputKey } from "./call.ts";
import { answersTo, type Leg } from "./leg.ts";

/**
 * Upstream has been told within the turn: calls and answers stand behind the items that the client has got before them.
 * @param before the last item that the client knew of when the leg began, if that can be told
 * @param sent the last that was passed on in answer to the request of the stages further out, or that request
 */
export function hideHere(
  turn: Turn,
  continuity: Continuity,
  leg: Leg,
  before: Item | undefined,
  sent: Item | RequestBody,
): void {
  let anchor = before;
  let passed = sent;
  let hidden: Item[] = [];
  const put = (): void => {
    if (hidden.length === 0) return;
    if (anchor !== undefined) continuity.hide(turn, anchor, hidden);
    keepUnseen(passed, hidden);
    hidden = [];
  };
  for (const { item, shown } of leg.said) {
    if (shown === undefined) {
      hidden.push(item);
      continue;
    }
    put();
    anchor = shown;
    passed = shown;
  }
  hidden.push(...leg.answers);
  put();
}

/**
 * Upstream will be told with the client's next request, which answers the calls that it was let make: behind such a call
 * stands the denied one, behind its output the denial. Both come again, or neither; other items a client may leave out.
 */
export function hideForLater(turn: Turn, continuity: Continuity, leg: Leg): void {
  const [first] = leg.calls;
  let anchor = first;
  for (const { item, shown } of leg.said) {
    if (shown !== undefined && isCall(shown)) anchor = shown;
    const denied = leg.denied.find(({ call }) => call === item);
    if (anchor === undefined || denied === undefined) continue;
    continuity.hide(turn, anchor, [denied.call]);
    continuity.hide(turn, outputKey(anchor), answersTo(denied));
  }
}
