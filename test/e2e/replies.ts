/** Replies that several tests begin with. */
import { ev, type Step } from "../../src/testing/index.ts";

/** The beginning of a message, and what then happens to it. */
export function begun(...rest: readonly Step[]): readonly Step[] {
  return [
    ev.created("resp_mock_x"),
    ev.added({ type: "message", id: "msg_x", role: "assistant", content: [] }),
    ev.delta("msg_x", "so far"),
    ...rest,
  ];
}
