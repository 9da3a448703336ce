/** `npm run bench:recording`: what recording costs a turn. The same proxy with it and without it, side by side in one run. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { writeBodies } from "./bodies.ts";
import { RECORDING, writeDocs } from "./docs.ts";
import { Calm } from "./machine.ts";
import { build, startUpstream } from "./native.ts";
import { PHASES } from "./phases.ts";
import { type Round, type Run, round, warmUp } from "./rounds.ts";
import { Summary } from "./summary.ts";
import { valueTable } from "./table.ts";
import { Target } from "./target.ts";
import { served, type TargetDefinition } from "./targets.ts";

const OFF = "not recording";
const ON = "recording";
const PHASE_NAMES: ReadonlySet<string> = new Set(["first60", "relay200", "ws60", "ws200"]);
/** Recording may cost so much at the median, as a share. */
const BAR = 0.05;
const BARRED = [
  ["first60.p50", "time to first event, 60 KB, p50"],
  ["relay200.p50", "relay delay per event, 200 streams, p50"],
  ["relay200.cpu", "CPU per event, 200 streams, both threads"],
] as const;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    /** Seconds to spend in all on waiting for a quiet machine. */
    calm: { type: "string", default: "60" },
    scale: { type: "string", default: "1" },
    "write-docs": { type: "boolean", default: false },
  },
});

function proxy(name: string, record: boolean): TargetDefinition {
  const { command, ...rest } = served(name, "../src/cli/main.ts");
  return {
    ...rest,
    note: record ? "recording every turn" : "recording nothing",
    command: (place) => {
      writeFileSync(join(place.folder, "config.json"), JSON.stringify({ sessions: { record } }));
      if (command === undefined) throw new TypeError("what is served has a command");
      return command(place);
    },
  };
}

const began = performance.now();
const say = (line: string): void =>
  console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`);
const programs = build();
const folder = mkdtempSync(join(tmpdir(), "codex-plus-bench-"));
const upstream = await startUpstream(programs.upstream);
const targets = [proxy(OFF, false), proxy(ON, true)].map((each) => new Target(each, folder, upstream.port));
const stop = async (): Promise<void> => {
  await Promise.all(targets.map((target) => target.stop()));
  upstream.stop();
  rmSync(folder, { recursive: true, force: true });
};
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void stop().then(() => process.exit(130)));
}

const run: Run = {
  bench: { upstream, loadProgram: programs.load, bodies: writeBodies(folder), loadCpus: undefined },
  targets,
  phases: PHASES.filter(({ name }) => PHASE_NAMES.has(name)),
  calm: new Calm(Number(values.calm) * 1000),
  scale: Number(values.scale),
  say,
};
const rounds: Round[] = [];
try {
  for (const target of targets) {
    await target.start();
    target.freeze();
  }
  await warmUp(run);
  for (let index = 0; index < Number(values.rounds); index += 1) rounds.push(await round(run, index));
} finally {
  await stop();
}

const summary = new Summary(
  new Map([OFF, ON].map((name) => [name, rounds.map(({ numbers }) => numbers.get(name) ?? {})])),
);
const verdicts = BARRED.map(([key, label]) => {
  const more = (summary.ratio(ON, OFF, key) ?? Number.NaN) - 1;
  return `${label}: ${more < 0 ? "" : "+"}${(100 * more).toFixed(1)} % (bar: ${100 * BAR} %)`;
});
const foreign = Math.max(...rounds.map((each) => each.foreignCores));
const where = `${rounds.length} rounds, ${availableParallelism()} CPUs (${cpus()[0]?.model.trim()}), Node ${process.version}; most CPU that others took in a phase: ${foreign.toFixed(2)} cores.`;
const table = valueTable(summary, [OFF, ON], OFF);
console.log(`${table}\n\n${verdicts.join("\n")}\n\n${where}`);
for (const failure of rounds.flatMap((each) => each.failures)) console.log(failure);
if (values["write-docs"]) {
  writeDocs(`\n${table}\n\n${verdicts.map((verdict) => `- ${verdict}`).join("\n")}\n\n${where}\n`, RECORDING);
}
