/** One measured run of the generator, with the CPU and memory of the target and the CPU that others took. */
import { performance } from "node:perf_hooks";
import type { Bodies } from "./bodies.ts";
import { cpuSeconds, machineBusy, rssMb } from "./machine.ts";
import { type Load, runLoad, type Script, type Upstream } from "./native.ts";
import type { Target } from "./target.ts";

export interface Bench {
  readonly upstream: Upstream;
  readonly loadProgram: string;
  readonly bodies: Bodies;
  /** The CPUs of the generator, in phases that give it some of its own. */
  loadCpus: string | undefined;
}

export interface Measured {
  readonly load: Load;
  readonly failed: number;
  /** CPU seconds of the target. */
  readonly cpu: number;
  /** Most resident memory of the target meanwhile, in MB. */
  readonly peakMb: number;
  /** Cores that neither the target nor the harness took. */
  readonly foreignCores: number;
}

/** @param options the generator's command line without the port */
export async function measure(
  bench: Bench,
  target: Target,
  script: Script,
  options: Readonly<Record<string, string | number>>,
): Promise<Measured> {
  const { upstream } = bench;
  await upstream.configure(script);
  const pids = target.pids();
  let peakMb = rssMb(pids);
  const began = performance.now();
  const busyBefore = machineBusy();
  const cpuBefore = cpuSeconds(pids);
  const upstreamBefore = cpuSeconds([upstream.pid]);
  const selfBefore = process.cpuUsage();
  const watch = (): void => {
    peakMb = Math.max(peakMb, rssMb(pids));
  };
  const load = await runLoad(bench.loadProgram, { port: target.port, ...options }, watch, bench.loadCpus);
  const seconds = (performance.now() - began) / 1000;
  const cpu = cpuSeconds(pids) - cpuBefore;
  const { user, system } = process.cpuUsage(selfBefore);
  const harness = cpuSeconds([upstream.pid]) - upstreamBefore + load.cpu_ms / 1000 + (user + system) / 1e6;
  const { connect, status, early, short, timeout } = load.errors;
  return {
    load,
    failed: connect + status + early + short + timeout,
    cpu,
    peakMb,
    foreignCores: Math.max(0, (machineBusy() - busyBefore - cpu - harness) / seconds),
  };
}
