/** The first stage: every request of a thread that was ever touched is made what upstream knows of it. */
import type { Continuity } from "../sessions/continuity/index.ts";
import type { Stage } from "../turn.ts";

/** Requests of all kinds are restored: sub-agents and compactions carry the history too. */
export function continuity(store: Continuity): Stage {
  return {
    name: "continuity",
    needs: (head) => (store.touches(head) ? "request" : "nothing"),
    request: (turn) => store.restore(turn),
  };
}
