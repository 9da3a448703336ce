/** A hook module in a thread of its own: loaded once, asked often, ended when it does not answer in time. */
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { AnyEvent } from "../hook.ts";
import { type Asked, Asking, type Host } from "./asking.ts";

/** The worker's file: beside this one, as source or as built. */
const WORKER = new URL(import.meta.url.endsWith(".ts") ? "./thread-worker.ts" : "./thread-worker.js", import.meta.url);

/** @param file of the module */
export function moduleThread(file: string, env: NodeJS.ProcessEnv): Host {
  return new Asking((asking) => {
    const worker = new Worker(WORKER, {
      workerData: { url: pathToFileURL(file).href },
      env,
      // What a module prints is not ours to show: standard output belongs to the proxy.
      stdout: true,
      stderr: true,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    worker.stdout.resume();
    worker.stderr.resume();
    worker.unref();
    worker.on("message", (answer: { id: number; value?: unknown; failure?: string }) => asking.answered(answer));
    worker.once("error", (error: Error) => asking.gone(error.message));
    worker.once("exit", () => asking.gone("its thread has ended"));
    return {
      ask: (id: number, { event, input, of }: Asked) => worker.postMessage({ id, event, input, of }),
      end: () => void worker.terminate(),
    };
  });
}

/** What a module is asked in its thread. */
export interface ThreadCall {
  readonly id: number;
  readonly event: AnyEvent;
  readonly input: unknown;
  readonly of?: unknown;
}
