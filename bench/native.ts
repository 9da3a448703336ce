/** Builds and runs the two C programs: the mock upstream and the load generator. Both print JSON. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SOURCES = fileURLToPath(new URL("native", import.meta.url));
const BUILT = fileURLToPath(new URL("out/bin", import.meta.url));

/** Sorted samples, in microseconds. */
export interface Samples {
  readonly n: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** What the generator prints. */
export interface Load {
  readonly started: number;
  readonly ok: number;
  readonly errors: Readonly<Record<"connect" | "status" | "early" | "short" | "timeout", number>>;
  readonly events: number;
  readonly events_per_s: number;
  readonly cpu_ms: number;
  readonly first_us: Samples | null;
  readonly delay_us: Samples | null;
}

/** How a response looks: deltas, microseconds between two of them, deltas in one write when there is no gap. */
export interface Script {
  readonly n: number;
  readonly gap: number;
  readonly batch?: number;
}

export interface Upstream {
  readonly port: number;
  readonly pid: number;
  configure(script: Script): Promise<void>;
  /** Streams that still run. */
  openStreams(): Promise<number>;
  /** Drops all of them. */
  abort(): Promise<void>;
  stop(): void;
}

/** @throws Error where this machine cannot run the bench, in words */
export function build(): { upstream: string; load: string } {
  if (process.platform !== "linux") throw new Error("the bench needs Linux: its upstream and generator use epoll");
  mkdirSync(BUILT, { recursive: true });
  const newest = Math.max(...readdirSync(SOURCES).map((name) => statSync(`${SOURCES}/${name}`).mtimeMs));
  const compiler = process.env.CC ?? "cc";
  const compile = (name: string): string => {
    const program = `${BUILT}/${name}`;
    if (existsSync(program) && statSync(program).mtimeMs > newest) return program;
    const result = spawnSync(compiler, ["-O2", "-Wall", "-o", program, `${SOURCES}/${name}.c`], { encoding: "utf8" });
    if (result.error !== undefined) {
      throw new Error(
        `the bench needs a C compiler (${compiler} is not here): apt-get install gcc libc6-dev, or set CC`,
      );
    }
    if (result.status !== 0) throw new Error(`${compiler} cannot build ${name}:\n${result.stderr}`);
    return program;
  };
  return { upstream: compile("upstream"), load: compile("load") };
}

/** Restricts running processes, all their threads, to some CPUs. */
export function place(cpus: string, pids: readonly number[]): void {
  for (const pid of pids) spawnSync("taskset", ["-apc", cpus, String(pid)], { stdio: "ignore" });
}

export async function startUpstream(program: string): Promise<Upstream> {
  const child = spawn(program, [], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const { port } = JSON.parse(line.toString()) as { port: number };
  const call = async (path: string): Promise<unknown> =>
    (await fetch(`http://127.0.0.1:${port}/__bench/${path}`)).json();
  return {
    port,
    pid: child.pid ?? 0,
    async configure({ n, gap, batch = 1 }) {
      await call(`config?n=${n}&gap=${gap}&bytes=16&batch=${batch}`);
      await call("stats");
    },
    async openStreams() {
      return ((await call("stats")) as { open_streams: number }).open_streams;
    },
    async abort() {
      await call("abort");
    },
    stop: () => void child.kill(),
  };
}

/**
 * Runs the generator once.
 * @param options its command line, see native/load.c
 * @param during called every 100 ms while it runs
 * @param cpus the CPUs it may use
 */
export async function runLoad(
  program: string,
  options: Readonly<Record<string, string | number | undefined>>,
  during: () => void,
  cpus?: string,
): Promise<Load> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const args = given.flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = cpus === undefined ? spawn(program, args) : spawn("taskset", ["-c", cpus, program, ...args]);
  let out = "";
  let complaint = "";
  child.stdout.on("data", (bytes) => (out += bytes));
  child.stderr.on("data", (bytes) => (complaint += bytes));
  const timer = setInterval(during, 100);
  const [code] = (await once(child, "close")) as [number];
  clearInterval(timer);
  if (code !== 0) throw new Error(`the load generator ended with ${code}: ${complaint}`);
  return JSON.parse(out) as Load;
}
