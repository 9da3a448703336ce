/** Medians over rounds. Ratios and differences are taken within a round first: the machine changes between rounds. */
import type { Numbers } from "./phases.ts";

/** The numbers of each round, by target. */
export type Rounds = ReadonlyMap<string, readonly Numbers[]>;

export function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values
    .filter((value): value is number => value !== undefined && Number.isFinite(value))
    .sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted[middle - 1];
  if (upper === undefined) return undefined;
  return sorted.length % 2 === 1 || lower === undefined ? upper : (lower + upper) / 2;
}

/** Several turns of one phase as one: the median of each number. */
export function merged(turns: readonly Numbers[]): Numbers {
  const keys = new Set(turns.flatMap((turn) => Object.keys(turn)));
  return Object.fromEntries([...keys].map((key) => [key, median(turns.map((turn) => turn[key]))]));
}

export class Summary {
  readonly #rounds: Rounds;

  constructor(rounds: Rounds) {
    this.#rounds = rounds;
  }

  value(target: string, key: string): number | undefined {
    return median((this.#rounds.get(target) ?? []).map((round) => round[key]));
  }

  /** How many times as much as the reference. */
  ratio(target: string, reference: string, key: string): number | undefined {
    return this.#paired(target, reference, key, (a, b) => (b === 0 ? undefined : a / b));
  }

  /** How much more than the reference. */
  added(target: string, reference: string, key: string): number | undefined {
    return this.#paired(target, reference, key, (a, b) => a - b);
  }

  #paired(
    target: string,
    reference: string,
    key: string,
    combine: (a: number, b: number) => number | undefined,
  ): number | undefined {
    const others = this.#rounds.get(reference) ?? [];
    return median(
      (this.#rounds.get(target) ?? []).map((round, index) => {
        const mine = round[key];
        const theirs = others[index]?.[key];
        return mine === undefined || theirs === undefined ? undefined : combine(mine, theirs);
      }),
    );
  }
}
