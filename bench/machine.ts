/** CPU and memory of processes and of the whole machine, from Linux's /proc (format: proc(5)). */
import { readdirSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

interface ProcessState {
  readonly parent: number;
  /** Seconds, those of children that have ended included. */
  readonly cpu: number;
  readonly rssMb: number;
}

function stateOf(pid: number | string): ProcessState | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const number = (index: number): number => Number(fields[index]);
    const cpu = (number(11) + number(12) + number(13) + number(14)) / TICKS_PER_SECOND;
    return { parent: number(1), cpu, rssMb: (number(21) * PAGE_BYTES) / 2 ** 20 };
  } catch {
    return undefined; // it has ended
  }
}

/** A process and everything below it, parents first. */
export function processTree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const state = stateOf(name);
    if (state !== undefined) children.set(state.parent, [...(children.get(state.parent) ?? []), Number(name)]);
  }
  const tree = [pid];
  for (const each of tree) tree.push(...(children.get(each) ?? []));
  return tree;
}

export function isAlive(pid: number): boolean {
  return stateOf(pid) !== undefined;
}

/** CPU seconds these processes have used so far. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (stateOf(pid)?.cpu ?? 0), 0);
}

export function rssMb(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (stateOf(pid)?.rssMb ?? 0), 0);
}

/** Busy CPU seconds of the whole machine. */
export function machineBusy(): number {
  const [line = ""] = readFileSync("/proc/stat", "latin1").split("\n", 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
}

/** Waits for a quiet machine, out of one budget for the whole run. */
export class Calm {
  #leftMs: number;

  constructor(budgetMs: number) {
    this.#leftMs = budgetMs;
  }

  /** Whether there is patience left for doing a disturbed measurement once more. */
  get left(): boolean {
    return this.#leftMs > 0;
  }

  spend(ms: number): void {
    this.#leftMs -= ms;
  }

  async wait(): Promise<void> {
    while (this.left) {
      const began = performance.now();
      const busy = machineBusy();
      const self = process.cpuUsage();
      await sleep(150);
      const seconds = (performance.now() - began) / 1000;
      const { user, system } = process.cpuUsage(self);
      if ((machineBusy() - busy - (user + system) / 1e6) / seconds < 0.25) return;
      this.spend(seconds * 1000);
    }
  }
}
