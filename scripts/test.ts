/** `npm test`: everything there is to check, the real Codex CLI included. Under ten minutes on two cores. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { DEFAULT_CODEX_VERSION } from "../src/testing/codex/cache.ts";
import { fetchCodex } from "./fetch-codex.ts";
import { fetchInspector } from "./fetch-inspector.ts";

function step(name: string, command: string, args: readonly string[]): void {
  const started = performance.now();
  console.log(`\n── ${name}: ${command} ${args.join(" ")}`);
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (error !== undefined) console.error(error.message);
  if (status !== 0) {
    console.error(`── ${name} failed`);
    process.exit(status ?? 1);
  }
  console.log(`── ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

// Fetched first and once: without it the end-to-end tests prove nothing, so its absence is a failure.
console.log(`Codex ${DEFAULT_CODEX_VERSION}: ${await fetchCodex()}`);
console.log(`MCP Inspector: ${await fetchInspector()}`);
step("format and lint", "biome", ["check", "."]);
step("types", "tsc", ["-p", "tsconfig.json"]);
step("promises", "eslint", ["src", "test", "scripts", "bench"]);
step("dead code", "knip", []);
step("generated docs", process.execPath, ["scripts/docs.ts", "--check"]);
// Hundreds of processes read the same sources: what Node has made of them is kept.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("../node_modules/.cache/codex-plus", import.meta.url));
step("tests", process.execPath, [
  "--test",
  "--test-concurrency=2",
  ...process.argv.slice(2),
  "src/**/*.test.ts",
  "test/**/*.test.ts",
]);
