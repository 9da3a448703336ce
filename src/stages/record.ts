/** The stage that only looks: what passes is shown to the recorder. */
import type { Recorder } from "../sessions/recorder/index.ts";
import type { Stage } from "../turn.ts";

export interface RecordRooms {
  /** Undefined where nothing is to be recorded. */
  readonly recorder: Recorder | undefined;
}

export function record(recorder: Recorder): Stage {
  return {
    name: "record",
    needs: () => "nothing",
    tap: (head, request) => recorder.tap(head, request),
  };
}
