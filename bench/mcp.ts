/** `npm run bench:mcp`: what the gateway adds to a call, the inline loop to a leg, and both to a turn that wants neither. */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startMock } from "../src/testing/index.ts";
import { MCP, writeDocs } from "./docs.ts";
import { Caller, plainTurn, type Wire } from "./mcp/turns.ts";
import { direct, gateway, overHttp, proxy } from "./mcp/ways.ts";
import { median } from "./summary.ts";
import { grid } from "./table.ts";

/** What a leg may cost beyond the tool itself, at the median, in ms. */
const BAR = 5;
const WIRES: readonly Wire[] = ["sse", "ws"];
const LEG = { sse: "a further leg, HTTP", ws: "a further leg, WebSocket" };
const OFF = "a turn that asks for no tools, MCP off";
const ON = "the same, MCP on";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    /** Calls of each way in a round. */
    calls: { type: "string", default: "300" },
    "write-docs": { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const calls = Number(values.calls);

const folder = mkdtempSync(join(tmpdir(), "codex-plus-bench-"));
const caller = new Caller();
const mock = await startMock();
mock.answer(caller.model);
const begin = (name: string, servers: boolean) => proxy(join(folder, name), mock.url, servers);
const on = await begin("on", true);
// Two that do nothing else.
const [plainOff, plainOn] = [await begin("plain-off", false), await begin("plain-on", true)];
const ways = [await direct(), await overHttp(), await gateway(on)];
const stops = [...ways, on, plainOff, plainOn].map((each) => () => each.stop());

/** Of each name the times of each round, sorted, in ms. */
const times = new Map<string, number[][]>();
const keep = (name: string, of: number[]): void => {
  const sorted = of.toSorted((a, b) => a - b);
  times.set(name, [...(times.get(name) ?? []), sorted]);
};

/** Does each so many times, in turns. @returns the times of each */
async function timed(count: number, ...acts: (() => Promise<unknown>)[]): Promise<number[][]> {
  const found = acts.map((): number[] => []);
  for (let n = 0; n < count; n += 1) {
    for (const [index, act] of acts.entries()) {
      const started = performance.now();
      await act();
      found[index]?.push(performance.now() - started);
    }
  }
  return found;
}

/** Whatever is compared is measured in turns, and in the next round the other way round. */
async function round(index: number, note: typeof keep): Promise<void> {
  const plain = async (): Promise<void> => {
    const found = await timed(
      calls,
      () => plainTurn(plainOff),
      () => plainTurn(plainOn),
    );
    for (const [index, name] of [OFF, ON].entries()) note(name, found[index] ?? []);
  };
  const all = [
    ...ways.map(
      ({ name, call }) =>
        async () =>
          note(name, (await timed(calls, call)).flat()),
    ),
    ...WIRES.map((wire) => async () => note(LEG[wire], await caller.turn(on, wire))),
    plain,
  ];
  for (const measure of index % 2 === 0 ? all : all.toReversed()) await measure();
}

try {
  for (const index of [0, 1]) await round(index, () => undefined);
  for (let index = 0; index < rounds; index += 1) await round(index, keep);
} finally {
  for (const stop of stops.reverse()) await stop();
  await mock.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

const at = (name: string, share: number): number[] =>
  (times.get(name) ?? []).map((sorted) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
/** The median of what each round says of the two. */
const between = (name: string, other: string, share: number, say: (one: number, two: number) => number): number => {
  const others = at(other, share);
  return median(at(name, share).map((one, round) => say(one, others[round] ?? Number.NaN))) ?? Number.NaN;
};
const ratio = (name: string, other: string, share: number): string =>
  `${between(name, other, share, (one, two) => one / two).toFixed(2)}×`;
const ms = (value: number | undefined): string => `${(value ?? Number.NaN).toFixed(2)} ms`;

const [tool = "", http = "", gate = ""] = ways.map(({ name }) => name);
const row = (name: string, other: string): string[] => [
  name,
  ...[0.5, 0.99].flatMap((share) => [
    ms(median(at(name, share))),
    name === other ? "1.00×" : ratio(name, other, share),
  ]),
];
const table = grid([
  ["", "p50", "ratio", "p99", "ratio"],
  ...[tool, http, gate].map((name) => row(name, tool)),
  ...WIRES.map((wire) => row(LEG[wire], tool)),
  row(OFF, OFF),
  row(ON, OFF),
]);
const verdicts = [
  `a call through the gateway, to one over HTTP without it, p50: ${ratio(gate, http, 0.5)}`,
  ...WIRES.map((wire) => {
    const added = between(LEG[wire], tool, 0.5, (leg, call) => leg - call);
    return `${LEG[wire]}, beyond the tool itself, p50: ${ms(added)} (bar: ${BAR} ms)`;
  }),
  `a turn that asks for no tools, with MCP to without, p50: ${ratio(ON, OFF, 0.5)}`,
];
const where = `${rounds} rounds, ${availableParallelism()} CPUs (${cpus()[0]?.model.trim()}), Node ${process.version}.`;
console.log(`${table}\n\n${verdicts.join("\n")}\n\n${where}`);
if (values["write-docs"])
  writeDocs(`\n${table}\n\n${verdicts.map((verdict) => `- ${verdict}`).join("\n")}\n\n${where}\n`, MCP);
