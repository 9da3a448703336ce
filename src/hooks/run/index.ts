/** One handler run to its end, whatever its kind. */
import { EVENT_FACTS } from "../event-facts.ts";
import type { Handler, HookEvent, HookInput, Where } from "../hook.ts";
import type { Answer } from "../modules/asking.ts";
import type { HookModules } from "../modules/index.ts";
import type { Ending } from "../output.ts";
import { runCommand, type Surroundings } from "./command.ts";
import { type Fences, runHttp, type Send } from "./http.ts";

/** All that a run needs. */
export interface Job {
  readonly handler: Handler;
  readonly event: HookEvent;
  readonly input: HookInput;
  readonly where: Where;
  readonly env: NodeJS.ProcessEnv;
  readonly fences: Fences;
  /** Of SessionStart: the file into which it may write variables for the session. */
  readonly variables: string | undefined;
  readonly modules: HookModules;
  readonly send: Send;
}

const MOST_SESSION_END_MS = 60_000;

/**
 * Never throws, and takes no longer than the handler's timeout. A handler that goes on in the background says so at once.
 * @param closing ends those in the background, which outlive the signal of their event
 */
export async function runHandler(job: Job, closing: AbortSignal): Promise<Ending> {
  const { handler, where } = job;
  const stop = new AbortController();
  const cut = (): void => stop.abort();
  if (where.signal.aborted) cut();
  where.signal.addEventListener("abort", cut, { once: true });
  closing.addEventListener("abort", cut, { once: true });
  const forget = (): void => closing.removeEventListener("abort", cut);
  const started = run(job, stop.signal);
  const ending: Ending = handler.options.async ? { ...IN_BACKGROUND, later: started } : await started;
  where.signal.removeEventListener("abort", cut);
  if (ending.later === undefined) {
    forget();
    return ending;
  }
  // It may say in its first line what its settings said already.
  const later = ending.later.then((last) => last.later ?? last).finally(forget);
  return { ...ending, later };
}

const IN_BACKGROUND: Ending = { code: undefined, stdout: "", stderr: "" };

async function run(job: Job, signal: AbortSignal): Promise<Ending> {
  const { handler, event, input, env, fences, modules, send, variables, where } = job;
  const timeoutMs = timeoutOf(handler, event);
  const place: Surroundings = { project: where.project, env, timeoutMs, signal, variables };
  if (handler.kind === "command") return runCommand(handler, event, input, place);
  if (handler.kind !== "http") return fromAnswer(await modules.ask(handler, { event, input }, place));
  const timeout = AbortSignal.timeout(timeoutMs);
  const ending = await runHttp(handler, event, input, fences, env, AbortSignal.any([signal, timeout]), send);
  return ending.failure !== undefined && timeout.aborted
    ? { ...ending, failure: `it was given up after ${timeoutMs / 1000} s`, timedOut: true }
    : ending;
}

/** What a module has answered, in the form in which a program would have. */
function fromAnswer({ value, failure, timedOut }: Answer): Ending {
  try {
    const said = value === undefined || value === null ? "" : JSON.stringify(value);
    return { code: failure === undefined ? 0 : undefined, stdout: said, stderr: "", failure, timedOut };
  } catch (error) {
    // Threads may say what JSON has no form for: cycles, large integers.
    return { code: undefined, stdout: "", stderr: "", failure: (error as Error).message, timedOut };
  }
}

/** Nobody waits long for the end of a session. Node's timers take no more than 2^31 ms. */
function timeoutOf({ timeoutMs }: Handler, event: HookEvent): number {
  const wanted = timeoutMs ?? EVENT_FACTS[event].timeoutMs;
  return Math.min(wanted, event === "SessionEnd" ? MOST_SESSION_END_MS : 2 ** 31 - 1);
}
