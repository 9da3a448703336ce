/** The thread that a hook module runs in. */
import { parentPort, workerData } from "node:worker_threads";
import { loadModulesBelow } from "../../lib/user-modules.ts";
import type { ThreadCall } from "./thread.ts";

type Function = (input: unknown, of: unknown) => unknown;

const { url } = workerData as { url: string };
const define = new URL(import.meta.url.endsWith(".ts") ? "../define.ts" : "../define.js", import.meta.url).href;
loadModulesBelow(new URL("./", url).href, define);

const loaded: Promise<Readonly<Record<string, unknown>>> = import(url).then(
  ({ default: hook }: { default?: unknown }) => {
    if (typeof hook !== "object" || hook === null) throw new Error("it has no `export default defineHook({…})`");
    return hook as Record<string, unknown>;
  },
);

async function answer({ event, input, of }: ThreadCall): Promise<unknown> {
  const hook = await loaded;
  const ask = hook[event];
  return typeof ask === "function" ? await (ask as Function).call(hook, input, of) : undefined;
}

parentPort?.on("message", (call: ThreadCall) => {
  answer(call).then(
    (value) => parentPort?.postMessage({ id: call.id, value }),
    (error: unknown) =>
      parentPort?.postMessage({ id: call.id, failure: error instanceof Error ? error.message : String(error) }),
  );
});
