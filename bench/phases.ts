/** What is measured of a target, phase by phase. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { type Bench, type Measured, measure } from "./measure.ts";
import type { Target } from "./target.ts";
import { TURNS } from "./targets.ts";

/** Numbers by metric, in the units of metrics.ts; undefined where the target has no such thing. */
export type Numbers = Readonly<Record<string, number | undefined>>;

export interface Result {
  readonly numbers: Numbers;
  readonly failed: number;
  readonly foreignCores: number;
}

export interface Phase {
  readonly name: string;
  readonly about: string;
  /** How often in a round: a short phase is cut up, so that one bad moment of the machine hits one part of it. */
  readonly turns: number;
  /** Whether harness and target get CPUs of their own: with many streams the scheduler's choice would be measured. */
  readonly pinned: boolean;
  run(bench: Bench, target: Target, scale: number): Promise<Result>;
}

const GAP_US = 20_000;
const SATURATED_MS = 1500;
const ENDLESS = 4_000_000_000;

type Wire = "http" | "ws";

function call(bench: Bench, wire: Wire, body = bench.bodies.small): Record<string, string> {
  return { proto: wire, path: TURNS, "body-file": wire === "ws" ? bench.bodies.message : body };
}

function perEvents({ cpu, load }: Measured, target: Target): number | undefined {
  return target.pids().length === 0 || load.events === 0 ? undefined : (cpu / load.events) * 1e5;
}

/** One request after the other on one connection, with pauses: the time to the first event. */
function sequential(name: string, about: string, wire: Wire, body: "small" | "large"): Phase {
  const count = body === "small" ? 120 : 16;
  const pause = body === "small" ? 3000 : 16_000;
  return {
    name,
    about,
    turns: 3,
    pinned: false,
    async run(bench, target) {
      const measured = await measure(
        bench,
        target,
        { n: 5, gap: 0 },
        {
          ...call(bench, wire, bench.bodies[body]),
          conns: 1,
          requests: count,
          warm: Math.ceil(count / 8),
          "interval-us": pause,
          expect: 5,
          "duration-ms": 3000,
          "timeout-ms": 8000,
        },
      );
      const { load, failed, foreignCores } = measured;
      return {
        numbers: { [`${name}.p50`]: load.first_us?.p50, [`${name}.p99`]: load.first_us?.p99 },
        failed,
        foreignCores,
      };
    },
  };
}

/** Streams with an event every 20 ms each: how much later an event arrives than it was made. */
function paced(name: string, wire: Wire, streams: number, events: number, rampMs: number): Phase {
  return {
    name,
    about: `${streams} ${wire === "ws" ? "WebSockets" : "streams"}, an event every 20 ms each`,
    turns: 1,
    pinned: streams >= 200,
    async run(bench, target, scale) {
      const n = Math.ceil(events * scale);
      const measured = await measure(
        bench,
        target,
        { n, gap: GAP_US },
        {
          ...call(bench, wire),
          conns: streams,
          requests: 1,
          "ramp-ms": rampMs,
          expect: n,
          "timeout-ms": rampMs + (n * GAP_US) / 1000 + 15_000,
        },
      );
      await bench.upstream.abort();
      const { load, failed, foreignCores, peakMb } = measured;
      const numbers = {
        [`${name}.p50`]: load.delay_us?.p50,
        [`${name}.p99`]: load.delay_us?.p99,
        [`${name}.cpu`]: perEvents(measured, target),
        [`${name}.rss`]: peakMb || undefined,
      };
      return { numbers, failed, foreignCores };
    },
  };
}

/** Fifty endless streams without pauses for a fixed time: what was relayed until then counts. */
function saturated(name: string, wire: Wire): Phase {
  return {
    name,
    about: `50 ${wire === "ws" ? "WebSockets" : "streams"} without pauses`,
    turns: 1,
    pinned: false,
    async run(bench, target, scale) {
      const measured = await measure(
        bench,
        target,
        { n: ENDLESS, gap: 0, batch: 16 },
        {
          ...call(bench, wire),
          conns: 50,
          requests: 1,
          "timeout-ms": SATURATED_MS * scale,
        },
      );
      await letGo(bench, 2000);
      const { load, failed, foreignCores } = measured;
      const numbers = { [`${name}.rate`]: load.events_per_s, [`${name}.cpu`]: perEvents(measured, target) };
      // The end of the time is how each of these streams is meant to end.
      return { numbers, failed: failed - load.errors.timeout, foreignCores };
    },
  };
}

const hangUp: Phase = {
  name: "hangup",
  about: "20 clients leave in the middle of a stream",
  turns: 1,
  pinned: false,
  async run(bench, target) {
    const { foreignCores } = await measure(
      bench,
      target,
      { n: 1_000_000, gap: GAP_US },
      {
        ...call(bench, "http"),
        conns: 20,
        requests: 1,
        "timeout-ms": 500,
      },
    );
    const ms = await letGo(bench, 2000);
    return { numbers: { "hangup.ms": ms }, failed: ms === undefined ? 20 : 0, foreignCores };
  },
};

/** After the clients have left: ms until upstream streams to nobody any more; undefined if that did not happen. */
async function letGo({ upstream }: Bench, limitMs: number): Promise<number | undefined> {
  const began = performance.now();
  for (;;) {
    const open = await upstream.openStreams();
    const ms = performance.now() - began;
    if (open === 0) return ms;
    if (ms > limitMs) {
      await upstream.abort();
      return undefined;
    }
    await sleep(2);
  }
}

export const PHASES: readonly Phase[] = [
  sequential("first60", "60 KB requests, one after the other", "http", "small"),
  sequential("first1m", "1 MB requests, one after the other", "http", "large"),
  paced("relay1", "http", 1, 100, 0),
  paced("relay50", "http", 50, 100, 400),
  paced("relay200", "http", 200, 200, 600),
  paced("relay1000", "http", 1000, 200, 1500),
  saturated("full", "http"),
  hangUp,
  sequential("ws60", "WebSocket turns of 60 KB, one after the other", "ws", "small"),
  paced("ws200", "ws", 200, 100, 600),
  saturated("wsfull", "ws"),
];
