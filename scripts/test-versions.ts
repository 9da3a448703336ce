/**
 * `npm run test:versions [-- --keep] [versions…]`: real Codex releases through the proxy, each on the wires it speaks.
 * Fetched one at a time and removed after use unless `--keep` is given or they were there before: 400 MB each.
 */
import { access, rm } from "node:fs/promises";
import { parseArgs } from "node:util";
import { codexCache, codexExecutable, codexFolder } from "../src/testing/codex/cache.ts";
import { exec, messages } from "../test/e2e/exec.ts";
import { openWorld, type Wire } from "../test/e2e/world.ts";
import { fetchCodex } from "./fetch-codex.ts";

const VERSIONS = ["0.98.0", "0.118.0", "0.130.0", "0.145.0", "0.156.1", "0.162.1", "0.169.0"];
/** The last releases without WebSockets. */
const HTTP_ONLY = ["0.98.0"];

interface Row {
  readonly version: string;
  readonly wire: Wire;
  readonly seconds: number;
  /** What went wrong; empty for nothing. */
  readonly failures: readonly string[];
}

async function check(version: string, wire: Wire): Promise<Row> {
  const start = performance.now();
  const failures: string[] = [];
  const world = await openWorld({ route: "proxy", wire, credential: "apikey", version });
  try {
    for (const [prompt, expected] of [
      ["hello there", "echo: hello there"],
      ["run echo hi-from-tool", "The tool said: hi-from-tool"],
    ] as const) {
      const shown = await exec(world, prompt);
      const said = messages(shown).at(-1);
      if (shown.code !== 0 || said !== expected) {
        failures.push(`"${prompt}": exit ${shown.code}, said ${JSON.stringify(said)}\n${shown.stderr.trim()}`);
      }
    }
    const { turns, violations } = world.mock.record;
    failures.push(...violations);
    if (turns.some((turn) => turn.wire !== wire)) failures.push(`spoke over ${turns.map((turn) => turn.wire)}`);
  } finally {
    await world.close();
  }
  return { version, wire, seconds: (performance.now() - start) / 1000, failures };
}

async function checkAll(version: string, keep: boolean): Promise<Row[]> {
  const folder = codexFolder(codexCache(process.env), version);
  const kept = keep || (await present(codexExecutable(folder)));
  await fetchCodex(version);
  try {
    const rows: Row[] = [];
    for (const wire of HTTP_ONLY.includes(version) ? (["sse"] as const) : (["sse", "ws"] as const)) {
      rows.push(await check(version, wire));
    }
    return rows;
  } finally {
    if (!kept) await rm(folder, { recursive: true, force: true });
  }
}

async function present(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const { values, positionals } = parseArgs({ options: { keep: { type: "boolean" } }, allowPositionals: true });
const failures: string[] = [];
console.log("codex     wire  result  seconds");
for (const version of positionals.length > 0 ? positionals : VERSIONS) {
  for (const row of await checkAll(version, values.keep === true)) {
    const result = row.failures.length === 0 ? "ok" : "FAILED";
    console.log([row.version.padEnd(9), row.wire.padEnd(5), result.padEnd(7), row.seconds.toFixed(1)].join(" "));
    failures.push(...row.failures.map((failure) => `${row.version} ${row.wire}: ${failure}`));
  }
}
for (const failure of failures) console.error(failure);
process.exitCode = failures.length === 0 ? 0 : 1;
