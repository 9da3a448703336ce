/** What upstream is told in one more leg of a turn: all that it knows already, and what is new. */
import { type Item, RequestBody } from "../../protocol/request.ts";
import type { Wire } from "../../turn.ts";
import { asUpstream } from "./unseen.ts";

/** An answer of upstream that is gone on from. */
export interface Answered {
  /** The id of the response. */
  readonly id: string;
  /** Its items, whole, in order. */
  readonly output: readonly Item[];
}

/**
 * On WebSocket upstream remembers what it has said, so only what is new goes up; over HTTP everything does.
 * @param sent what upstream has answered
 */
export function nextLeg(wire: Wire, sent: RequestBody, { id, output }: Answered, more: readonly Item[]): RequestBody {
  const next = new RequestBody(sent.bytes());
  // Of a list, which may be long, nothing has to be read.
  const input = sent.items().spans.length > 0 ? undefined : sent.field("input");
  next.edit((draft) => {
    // To a conversation upstream itself adds what it is told and what it says.
    const remembers = (sent.field("conversation") ?? undefined) !== undefined;
    if (remembers || (wire === "ws" && id !== "")) {
      if (!remembers) draft.set("previous_response_id", id);
      draft.set("input", more);
      return;
    }
    const said = asUpstream(sent, output);
    const kept = sent.field("store") === false ? said.filter(isKept) : said;
    const all = [...kept, ...more].map((item) => JSON.stringify(item));
    if (typeof input === "string") draft.set("input", [{ type: "message", role: "user", content: input }]);
    draft.spliceItems(typeof input === "string" ? 1 : next.items().spans.length, 0, all);
  });
  return next;
}

/** A thought comes back to a backend that stores nothing only with its content; by its id alone it would be refused. */
function isKept({ type, encrypted_content: content }: Item): boolean {
  return type !== "reasoning" || typeof content === "string";
}
