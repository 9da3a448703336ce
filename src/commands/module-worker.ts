/** The thread that a command module runs in. */
import { registerHooks } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import type { CommandDefinition, CommandInput } from "./define.ts";

const DEFINE = new URL(import.meta.url.endsWith(".ts") ? "./define.ts" : "./define.js", import.meta.url).href;

// Command files lie anywhere; they find `defineCommand` without having the package installed beside them.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "codex-plus" ? { url: DEFINE, shortCircuit: true } : next(specifier, context),
});

const { url, input } = workerData as { url: string; input: CommandInput };
try {
  const loaded = (await import(url)) as { default?: Partial<CommandDefinition> };
  const run = loaded.default?.run;
  if (typeof run !== "function") throw new Error("it has no `export default defineCommand({ run })`");
  parentPort?.postMessage({ value: await run.call(loaded.default, input) });
} catch (error) {
  parentPort?.postMessage({ failure: error instanceof Error ? error.message : String(error) });
}
