/** `npm run soak:sessions`: as many conversations as somebody has in years; how long it takes to list, show, find, prune. */
import { existsSync, mkdtempSync, rmSync, statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { sqliteReader } from "../src/sessions/sqlite/reader.ts";
import { sqliteWriter } from "../src/sessions/sqlite/writer.ts";
import type { Reader } from "../src/sessions/store.ts";
import { conversations, type Volume } from "./sessions/conversations.ts";
import { queries } from "./sessions/queries.ts";

const HELP = `npm run soak:sessions -- [options]
  --turns N     default 100000
  --text MB     of text in them, default 2000
  --each N      searches of each kind, default 20
  --file FILE   is kept; if it is there already, nothing is written, and nothing pruned`;

/** What the file takes for each byte of text, and some room. */
const DISK = 4;
const DAY = 24 * 60 * 60_000;
/** The bars, in ms. */
const LIST_BAR = 50;
const SEARCH_BAR = 100;

const { values } = parseArgs({
  options: {
    turns: { type: "string", default: "100000" },
    text: { type: "string", default: "2000" },
    each: { type: "string", default: "20" },
    file: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

function write(path: string, volume: Volume): void {
  const started = performance.now();
  const writer = sqliteWriter(path, { checkpointPages: 16_000 });
  let [turns, items, text] = [0, 0, 0];
  for (const legs of conversations(volume)) {
    writer.append(legs);
    const told = legs.flatMap(({ asked, answered }) => [...asked, ...answered]);
    items += told.length;
    text += told.reduce((sum, item) => sum + item.text.length, 0);
    turns += legs.some(({ kind }) => kind === "turn") ? 1 : 0;
    if (turns % 5000 === 0) console.error(`${turns} turns, ${mb(text)} of text, ${seconds(started)}`);
  }
  writer.close();
  console.log(`written: ${turns} turns, ${items} items, ${mb(text)} of text in ${seconds(started)}`);
}

/** Of how long something took, in ms: on the clock, and of the processor, which other programs do not lengthen. */
interface Taken {
  readonly wall: number;
  readonly cpu: number;
}

function timed(act: () => unknown): Taken {
  const before = process.cpuUsage();
  const started = performance.now();
  act();
  const wall = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return { wall, cpu: (user + system) / 1000 };
}

/** Prints what `act` took, of several times. @returns p95 in ms */
function measure(name: string, times: number, act: (n: number) => unknown): number {
  return tell(
    name,
    Array.from({ length: times }, (_, n) => timed(() => act(n))),
  );
}

function tell(name: string, taken: readonly Taken[]): number {
  const at = (which: keyof Taken, share: number): number =>
    taken.map((each) => each[which]).toSorted((a, b) => a - b)[Math.ceil(share * taken.length) - 1] ?? 0;
  const column = (ms: number): string => ms.toFixed(1).padStart(7);
  const [p50, p95, most] = [0.5, 0.95, 1].map((share) => column(at("wall", share)));
  console.log(`${name.padEnd(36)} p50 ${p50}  p95 ${p95}  max ${most} ms  (processor: p95 ${column(at("cpu", 0.95))})`);
  return at("wall", 0.95);
}

/** As the verbs read: each with a reader of its own. */
function once<T>(path: string, act: (reader: Reader) => T): T {
  const reader = sqliteReader(path);
  try {
    return act(reader);
  } finally {
    reader.close();
  }
}

function lists(path: string, now: number): number {
  const [thread = ""] = once(path, (reader) => reader.threads({ limit: 1 })).map(({ id }) => id);
  const busy = once(path, (reader) => reader.threads({ limit: 100_000 }).toSorted((a, b) => b.turns - a.turns)[0]);
  const worst = Math.max(
    measure("list", 20, () => once(path, (reader) => reader.threads({ limit: 20 }))),
    measure("list --cwd", 20, (n) =>
      once(path, (reader) => reader.threads({ cwd: `/home/dev/projects/project-${n}` })),
    ),
    measure("list --since --model", 20, (n) =>
      once(path, (reader) => reader.threads({ since: now - n * DAY, model: "mini" })),
    ),
  );
  measure("find", 20, (n) => once(path, (reader) => reader.find(thread.slice(0, 4 + n), 10)));
  const largest = busy?.id ?? "";
  measure("first page of the newest thread", 10, () => once(path, (reader) => firstPage(reader, thread)));
  measure(`first page of ${busy?.turns} turns`, 10, () => once(path, (reader) => firstPage(reader, largest)));
  measure(`all of ${busy?.turns} turns`, 3, () =>
    once(path, (reader) => [...reader.turns(largest), ...reader.items(largest)]),
  );
  return worst;
}

function firstPage(reader: Reader, id: string): void {
  reader.turns(id).next();
  let left = 40;
  for (const _ of reader.items(id)) if (--left === 0) return;
}

function searches(path: string, each: number): number {
  const all: Taken[] = [];
  for (const [kind, texts] of queries(each)) {
    const taken = texts.map((text) => timed(() => once(path, (reader) => reader.search(text, {}))));
    tell(`search: ${kind}`, taken);
    all.push(...taken);
  }
  return tell(`search: all ${all.length}`, all);
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(0)} s`;
}

function main(): void {
  const volume = { turns: Number(values.turns), text: Number(values.text) * 1e6, now: Date.now() };
  const folder = values.file === undefined ? mkdtempSync(join(tmpdir(), "codex-plus-soak-")) : undefined;
  const path = folder === undefined ? resolve(values.file ?? "") : join(folder, "plus.db");
  try {
    const kept = existsSync(path);
    const { bavail, bsize } = statfsSync(resolve(path, ".."));
    if (!kept && bavail * bsize < DISK * volume.text) throw new Error(`${mb(DISK * volume.text)} must be free`);
    if (!kept) write(path, volume);
    console.log(`file: ${mb(statSync(path).size)}`);
    const list = lists(path, volume.now);
    const search = searches(path, Number(values.each));
    for (const by of ["day", "model", "project"] as const) {
      measure(`stats by ${by}`, 3, () => once(path, (reader) => reader.stats(by, {})));
    }
    measure("stats --since 30d", 3, () =>
      once(path, (reader) => reader.stats("day", { since: volume.now - 30 * DAY })),
    );
    if (!kept) measure("prune the oldest twentieth", 1, () => sqliteWriter(path).prune(volume.now - 380 * DAY));
    console.log(`memory: ${mb(process.memoryUsage.rss())}`);
    if (list > LIST_BAR || search > SEARCH_BAR) {
      console.log(`too slow: a list may take ${LIST_BAR} ms, a search ${SEARCH_BAR} ms`);
      process.exitCode = 1;
    }
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  }
}

if (values.help) console.log(HELP);
else main();
