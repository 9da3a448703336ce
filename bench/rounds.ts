/** The order of a run: cold starts, a warm-up, then rounds in which the targets take turns within every phase. */
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { type Calm, rssMb } from "./machine.ts";
import type { Bench } from "./measure.ts";
import { place } from "./native.ts";
import type { Numbers, Phase, Result } from "./phases.ts";
import { merged } from "./summary.ts";
import type { Target } from "./target.ts";

/** Above this many cores taken by others a measurement is done once more, and the quieter one counts. */
const DISTURBED_CORES = 0.3;

/** What is run once before anything counts, so that compiled code is measured and not its compilation. */
const WARMING: ReadonlySet<string> = new Set(["first60", "full", "ws60", "wsfull"]);

export interface Run {
  readonly bench: Bench;
  readonly targets: readonly Target[];
  readonly phases: readonly Phase[];
  readonly calm: Calm;
  /** 1 for full length. */
  readonly scale: number;
  readonly say: (line: string) => void;
}

/** Starts every target in turn, several times; the last start stays. @returns start time and memory at rest */
export async function coldStarts({ targets, calm, say }: Run, times: number): Promise<Map<string, Numbers>> {
  const measured = new Map<string, Numbers[]>(targets.map((target) => [target.name, []]));
  for (let i = 0; i < times; i++) {
    for (const target of targets) {
      if (i > 0) await target.stop();
      await calm.wait();
      const ms = await target.start();
      await sleep(250);
      measured.get(target.name)?.push({ "start.ms": ms, "start.rss": rssMb(target.pids()) || undefined });
      target.freeze();
    }
    say(`cold starts ${i + 1}/${times}`);
  }
  return new Map([...measured].map(([name, starts]) => [name, merged(starts)]));
}

export async function warmUp(run: Run): Promise<void> {
  for (const target of run.targets) {
    await target.thaw();
    for (const phase of run.phases.filter(({ name }) => WARMING.has(name))) await phase.run(run.bench, target, 0.25);
    target.freeze();
  }
  run.say("warmed up");
}

export interface Round {
  readonly numbers: Map<string, Numbers>;
  /** What went wrong, in words. */
  readonly failures: string[];
  /** Most CPU that others took in one phase, in cores. */
  readonly foreignCores: number;
}

/** Every phase once. Odd rounds go through the targets backwards, so that no place in the order is the better one. */
export async function round(run: Run, index: number): Promise<Round> {
  const numbers = new Map<string, Numbers>(run.targets.map((target) => [target.name, {}]));
  const failures: string[] = [];
  let foreignCores = 0;
  for (const phase of run.phases) {
    const turns = new Map<string, Numbers[]>(run.targets.map((target) => [target.name, []]));
    for (let turn = 0; turn < (run.scale < 1 ? 1 : phase.turns); turn++) {
      for (const target of (index + turn) % 2 === 0 ? run.targets : run.targets.toReversed()) {
        const result = await quietly(run, phase, target);
        turns.get(target.name)?.push(result.numbers);
        foreignCores = Math.max(foreignCores, result.foreignCores);
        if (result.failed > 0) failures.push(`${target.name}, ${phase.name}: ${result.failed} failed`);
      }
    }
    for (const [name, each] of turns) numbers.set(name, { ...numbers.get(name), ...merged(each) });
    run.say(`round ${index + 1}: ${phase.about}`);
  }
  return { numbers, failures, foreignCores };
}

async function quietly(run: Run, phase: Phase, target: Target): Promise<Result> {
  const first = await alone(run, phase, target);
  if (first.foreignCores <= DISTURBED_CORES || !run.calm.left) return first;
  const began = performance.now();
  const second = await alone(run, phase, target);
  run.calm.spend(performance.now() - began);
  return second.foreignCores < first.foreignCores ? second : first;
}

async function alone({ bench, calm, scale }: Run, phase: Phase, target: Target): Promise<Result> {
  await calm.wait();
  await target.thaw();
  const cpus = availableParallelism();
  const all = `0-${cpus - 1}`;
  const pids = target.pids();
  const pinned = phase.pinned && cpus > 1;
  try {
    if (pinned) {
      const half = cpus >> 1;
      bench.loadCpus = `0-${half - 1}`;
      place(bench.loadCpus, [bench.upstream.pid]);
      place(`${half}-${cpus - 1}`, pids);
    }
    return await phase.run(bench, target, scale);
  } finally {
    if (pinned) place(all, [bench.upstream.pid, ...pids]);
    bench.loadCpus = undefined;
    target.freeze();
  }
}
