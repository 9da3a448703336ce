/** Running a module: in a thread of its own, which is ended when its time is up. */
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Result } from "./command.ts";
import type { CommandInput } from "./define.ts";
import { fromValue } from "./output.ts";

export interface ModuleRun {
  readonly file: string;
  /** The commands folder, whose other files it may import. */
  readonly root: string;
  readonly input: CommandInput;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The worker's file: beside this one, as source or as built. */
const WORKER = new URL(import.meta.url.endsWith(".ts") ? "./module-worker.ts" : "./module-worker.js", import.meta.url);

/** Runs a command module once. Never throws. */
export function runModule({ file, root, input, env, timeoutMs, signal }: ModuleRun): Promise<Result> {
  return new Promise((resolve) => {
    const refused = (why: string) => settle({ kind: "refused", text: `/${input.command}: ${file} ${why}` });
    const worker = new Worker(WORKER, {
      workerData: { url: pathToFileURL(file).href, root: pathToFileURL(`${root}/`).href, input },
      env,
      // What a module prints is not ours to show: standard output belongs to the proxy.
      stdout: true,
      stderr: true,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    let settled = false;
    const settle = (result: Result) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      void worker.terminate();
      resolve(result);
    };
    const timer = setTimeout(() => refused(`was ended after ${timeoutMs / 1000} s`), timeoutMs);
    const abort = () => refused("was ended: the client has gone");
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
    worker.once("message", (message: { value?: unknown; failure?: string }) => {
      if (message.failure !== undefined) refused(`failed: ${message.failure}`);
      else settle(fromValue(message.value) ?? { kind: "refused", text: `/${input.command}: ${file} ${WANTED}` });
    });
    worker.once("error", (error: Error) => refused(`failed: ${error.message}`));
    worker.once("exit", () => refused("ended without an answer"));
    worker.stdout.resume();
    worker.stderr.resume();
  });
}

const WANTED = "must return a string, { answer } or { prompt }";
