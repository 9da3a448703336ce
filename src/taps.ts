/** What the server shows a turn to: the taps of all stages that only want to see it, as one that never throws. */
import type { RawHeaders } from "./contracts.ts";
import type { Frame } from "./protocol/frame.ts";
import type { Head, Stage, Tap, TapEnd } from "./turn.ts";

/** What is known of a request beside its head. */
export interface Shown {
  /** The request id of the log line. */
  readonly id: string;
  readonly provider: string;
}

/**
 * Asks every stage once. Undefined where nobody wants to see this turn.
 * @param failed told of a stage whose tap threw and was cut loose: the turn, and the others, do not notice
 */
export function tapsOf(
  stages: readonly Stage[],
  head: Head,
  shown: Shown,
  failed: (stage: Stage, error: unknown) => void,
): Tap | undefined {
  let taps: Taps | undefined;
  for (const stage of stages) {
    if (stage.tap === undefined) continue;
    try {
      const tap = stage.tap(head, shown);
      if (tap === undefined) continue;
      taps ??= new Taps(failed);
      taps.add(stage, tap);
    } catch (error) {
      failed(stage, error);
    }
  }
  return taps;
}

class Taps implements Tap {
  #open: { readonly stage: Stage; readonly tap: Tap }[] = [];
  readonly #failed: (stage: Stage, error: unknown) => void;

  constructor(failed: (stage: Stage, error: unknown) => void) {
    this.#failed = failed;
  }

  add(stage: Stage, tap: Tap): void {
    this.#open.push({ stage, tap });
  }

  asked(piece: Buffer): void {
    this.#each((tap) => tap.asked(piece));
  }

  arrived(): void {
    this.#each((tap) => tap.arrived());
  }

  sent(body: Buffer): void {
    this.#each((tap) => tap.sent(body));
  }

  answered(status: number, headers: RawHeaders): void {
    this.#each((tap) => tap.answered(status, headers));
  }

  bytes(piece: Buffer): void {
    this.#each((tap) => tap.bytes(piece));
  }

  frame(frame: Frame): void {
    this.#each((tap) => tap.frame(frame));
  }

  end(end: TapEnd): void {
    this.#each((tap) => tap.end(end));
    // A client that was refused may still be sending.
    this.#open = [];
  }

  #each(show: (tap: Tap) => void): void {
    for (const each of this.#open) {
      try {
        show(each.tap);
      } catch (error) {
        this.#open = this.#open.filter((other) => other !== each);
        this.#failed(each.stage, error);
      }
    }
  }
}
