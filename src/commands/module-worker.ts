/** The thread that a command module runs in. */
import { parentPort, workerData } from "node:worker_threads";
import { loadModulesBelow } from "../lib/user-modules.ts";
import type { CommandDefinition, CommandInput } from "./define.ts";

const { url, root, input } = workerData as { url: string; root: string; input: CommandInput };
const define = new URL(import.meta.url.endsWith(".ts") ? "./define.ts" : "./define.js", import.meta.url).href;
loadModulesBelow(root, define);

try {
  const loaded = (await import(url)) as { default?: Partial<CommandDefinition> };
  const run = loaded.default?.run;
  if (typeof run !== "function") throw new Error("it has no `export default defineCommand({ run })`");
  parentPort?.postMessage({ value: await run.call(loaded.default, input) });
} catch (error) {
  parentPort?.postMessage({ failure: error instanceof Error ? error.message : String(error) });
}
