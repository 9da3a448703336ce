/** The thread that a command module runs in. */
import { registerHooks } from "node:module";
import { extname } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import type { CommandDefinition, CommandInput } from "./define.ts";

const { url, root, input } = workerData as { url: string; root: string; input: CommandInput };
const FORMATS: Readonly<Record<string, string>> = { ".ts": "module-typescript", ".js": "module" };
const DEFINE = new URL(import.meta.url.endsWith(".ts") ? "./define.ts" : "./define.js", import.meta.url).href;

// Command files lie anywhere; they find `defineCommand` without having the package installed beside them.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "codex-plus" ? { url: DEFINE, shortCircuit: true } : next(specifier, context),
  // A command is a module whatever the package.json of the project around it says of its own files.
  load: (address, context, next) => {
    const format = address.startsWith(root) && !address.includes("/node_modules/") && FORMATS[extname(address)];
    return next(address, format ? { ...context, format } : context);
  },
});

try {
  const loaded = (await import(url)) as { default?: Partial<CommandDefinition> };
  const run = loaded.default?.run;
  if (typeof run !== "function") throw new Error("it has no `export default defineCommand({ run })`");
  parentPort?.postMessage({ value: await run.call(loaded.default, input) });
} catch (error) {
  parentPort?.postMessage({ failure: error instanceof Error ? error.message : String(error) });
}
