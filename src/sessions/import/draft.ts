/** A leg as it comes together out of a rollout's lines. */
import type { ItemFacts, Leg, LegKind, LegState, Limit, ThreadFacts, Usage } from "../ledger.ts";

export interface DraftTurn {
  /** Codex's own; older versions write none. */
  readonly id: string | undefined;
  readonly trigger: string | undefined;
  readonly started: number;
}

export class Draft {
  readonly key: string;
  /** Undefined for what comes before somebody has said something. */
  turn: DraftTurn | undefined;
  /** Whether it is the first of a turn that no id tells. */
  begins = false;
  kind: LegKind = "turn";
  /** When the last thing was said that went up with it. */
  sent: number | undefined;
  /** When the last thing was told of it. */
  ended: number;
  state: LegState | undefined;
  error: Leg["error"];
  responseId: string | undefined;
  usage: Usage | undefined;
  limits: readonly Limit[] | undefined;
  firstByteMs: number | undefined;
  /** Nothing of its answer is to come. */
  over = false;
  readonly asked: ItemFacts[] = [];
  readonly answered: ItemFacts[] = [];
  readonly #since: number;

  /** @param since when it began at the earliest */
  constructor(key: string, turn: DraftTurn | undefined, since: number) {
    this.key = key;
    this.turn = turn;
    this.#since = since;
    this.ended = since;
  }

  get started(): number {
    return this.sent ?? this.#since;
  }

  /** Whether it has been answered, so that what a client says next goes up with another. */
  get isAnswered(): boolean {
    return this.over || this.answered.length > 0;
  }

  leg(thread: ThreadFacts, isOver: boolean): Leg {
    const { key, turn, begins, started, ended, firstByteMs, responseId, usage, limits, error } = this;
    const state = this.state ?? (this.isAnswered ? "completed" : isOver ? "failed" : "open");
    // Items without ids are known by how often they were said, which the store reckons of what was asked only.
    const counted = this.answered.some(({ id }) => id === undefined);
    return {
      key,
      thread,
      turn: turn?.id,
      begins,
      trigger: turn?.trigger,
      kind: thread.kind === "user" || this.kind !== "turn" ? this.kind : "side",
      wire: "sse",
      model: thread.model,
      effort: thread.effort,
      started,
      firstByteMs,
      ms: state === "open" ? undefined : Math.max(0, ended - started),
      state,
      local: false,
      dropped: false,
      responseId,
      usage,
      limits,
      error,
      whole: true,
      asked: counted ? [...this.asked, ...this.answered] : this.asked,
      answered: counted ? [] : this.answered,
    };
  }
}
