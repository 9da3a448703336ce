/** THE ORDER: every stage of the product, from the client inwards. The only place where rooms meet. */
import type { Stage } from "../turn.ts";

/** None yet: without a feature that asks for it, nothing is parsed. */
export function createStages(): readonly Stage[] {
  return [];
}
