/** `npm run bench`: Codex-Plus beside nginx and a bare Node pass-through, on this machine. See docs/performance.md. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { writeBodies } from "./bodies.ts";
import { writeDocs } from "./docs.ts";
import { Calm } from "./machine.ts";
import { build, startUpstream } from "./native.ts";
import { PHASES } from "./phases.ts";
import { coldStarts, type Round, type Run, round, warmUp } from "./rounds.ts";
import { Summary } from "./summary.ts";
import { bars, ratioTable, valueTable } from "./table.ts";
import { Target } from "./target.ts";
import { DEFINITIONS, served, type TargetDefinition, whyMissing } from "./targets.ts";

const HELP = `npm run bench -- [options]
  --quick            half a minute, for a first look: one short round, fewer phases
  --rounds N         default: 3, or as many as end within ten minutes
  --targets a,b      of ${DEFINITIONS.map(({ name }) => name).join(", ")}
  --phases a,b       of ${PHASES.map(({ name }) => name).join(", ")}
  --also NAME=FILE   one more Codex-Plus, by its main file: a build, or the code before a change (repeatable)
  --calm SECONDS     to spend in all on waiting for a quiet machine (default 60)
  --json FILE        every round's numbers
  --write-docs       write the table of docs/performance.md
  --keep             keep the targets' logs`;

/** Without a number of rounds, none is begun that would not end by then. */
const LIMIT_MS = 590_000;
const QUICK = ["first60", "relay1", "relay200", "full", "hangup", "ws60"];

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    targets: { type: "string" },
    phases: { type: "string" },
    also: { type: "string", multiple: true, default: [] },
    calm: { type: "string" },
    json: { type: "string" },
    "write-docs": { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** Those of a list that were asked for by name. @throws Error for a name that is none */
function chosen<T extends { readonly name: string }>(all: readonly T[], names: readonly string[] | undefined): T[] {
  const unknown = names?.find((name) => all.every((each) => each.name !== name));
  if (unknown !== undefined) throw new Error(`there is no ${unknown}: ${all.map(({ name }) => name).join(", ")}`);
  return all.filter(({ name }) => names === undefined || names.includes(name));
}

/** @param given NAME=FILE */
function other(given: string): TargetDefinition {
  const [name, entry] = given.split("=", 2);
  if (!name || !entry) throw new Error(`--also wants NAME=FILE, not ${given}`);
  return served(name, pathToFileURL(resolve(entry)).href);
}

async function main(): Promise<void> {
  const { quick } = values;
  const phases = chosen(PHASES, values.phases?.split(",") ?? (quick ? QUICK : undefined));
  const definitions = chosen(DEFINITIONS, values.targets?.split(","));
  for (const each of values.also) definitions.push(other(each));
  const present = definitions.filter((definition) => {
    const why = whyMissing(definition);
    if (why !== undefined) console.log(`left out: ${definition.name} (${why})`);
    return why === undefined;
  });
  const began = performance.now();
  const say = (line: string): void =>
    console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`);

  const programs = build();
  const folder = mkdtempSync(join(tmpdir(), "codex-plus-bench-"));
  const upstream = await startUpstream(programs.upstream);
  const bench = { upstream, loadProgram: programs.load, bodies: writeBodies(folder), loadCpus: undefined };
  const targets = present.map((definition) => new Target(definition, folder, upstream.port));
  const calm = new Calm(Number(values.calm ?? (quick ? 3 : 60)) * 1000);
  const run: Run = { bench, targets, phases, calm, scale: quick ? 0.25 : 1, say };

  const stop = async (): Promise<void> => {
    await Promise.all(targets.map((target) => target.stop()));
    upstream.stop();
    if (values.keep) say(`logs are in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void stop().then(() => process.exit(130)));
  }

  const rounds: Round[] = [];
  let starts: Awaited<ReturnType<typeof coldStarts>>;
  try {
    starts = await coldStarts(run, quick ? 1 : 5);
    await warmUp(run);
    const wanted = Number(values.rounds ?? (quick ? 1 : 3));
    let longest = 0;
    while (rounds.length < wanted) {
      const roundBegan = performance.now();
      if (values.rounds === undefined && roundBegan - began + longest > LIMIT_MS) {
        say(`no time for round ${rounds.length + 1}`);
        break;
      }
      rounds.push(await round(run, rounds.length));
      longest = Math.max(longest, performance.now() - roundBegan);
    }
  } finally {
    await stop();
  }
  const numbers = new Map(
    targets.map(({ name }) => [name, rounds.map((each) => ({ ...starts.get(name), ...each.numbers.get(name) }))]),
  );
  report(new Summary(numbers), targets, rounds);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(Object.fromEntries(numbers), null, 1));
}

function report(summary: Summary, targets: readonly Target[], rounds: readonly Round[]): void {
  const names = targets.map(({ name }) => name);
  const reference = names.includes("nginx") ? "nginx" : "bare-node";
  const foreign = Math.max(...rounds.map((each) => each.foreignCores));
  const where = `${rounds.length} rounds, ${availableParallelism()} CPUs (${cpus()[0]?.model.trim()}), Node ${process.version}`;
  const noise = `most CPU that others took in a phase: ${foreign.toFixed(2)} cores`;
  console.log(
    `${valueTable(summary, names, reference)}\n\n× is the ratio to ${reference}, within a round. ${where}; ${noise}.`,
  );
  const failures = rounds.flatMap((each) => each.failures);
  for (const failure of failures) console.log(failure);
  const verdicts = bars(summary, "codex-plus");
  for (const verdict of verdicts) console.log(verdict);
  if (!values["write-docs"]) return;
  const proxies = names.filter((name) => name !== "direct");
  const facts = verdicts.map((verdict) => `- ${verdict}`).join("\n");
  writeDocs(`\n${ratioTable(summary, proxies, reference)}\n\n${facts}\n\n${where}; ${noise}.\n`);
}

if (values.help) console.log(HELP);
else {
  await main().catch((error: Error) => {
    console.error(`bench: ${error.message}`);
    process.exitCode = 1;
  });
}
