/** What stands between the simulated client and the backend: the engine alone, or the whole proxy with its sockets. */
import type { WireEvent } from "../../src/testing/events.ts";
import type { Stage } from "../../src/turn.ts";
import type { Thread } from "./client.ts";
import type { Sight } from "./upstream.ts";

export interface Answered {
  readonly events: readonly WireEvent[];
  /** Answered here: upstream saw nothing of it. */
  readonly local: boolean;
}

export interface Line {
  /** What upstream was shown, in order. */
  readonly sights: readonly Sight[];
  /** The proxy begins (again) with these stages; whatever was connected is not any more. */
  start(stages: readonly Stage[]): Promise<void>;
  /** @throws Error for a request that upstream refuses */
  send(thread: Thread, request: Readonly<Record<string, unknown>>): Promise<Answered>;
}
