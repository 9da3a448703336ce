/** Hooks: what a person's settings and modules want to hear of, and what they say to it. */
import type { Logger } from "../log.ts";
import { EVENT_FACTS } from "./event-facts.ts";
import type { AnyEvent, Handler, HookEvent, HookInput, HookSet, Problem, Run, Verdict, Where } from "./hook.ts";
import { matches } from "./matcher.ts";
import { merge, type Word } from "./merge.ts";
import type { Answer } from "./modules/asking.ts";
import { HookModules } from "./modules/index.ts";
import { digestOfFolder } from "./modules/scan.ts";
import { type Ending, read, type Said } from "./output.ts";
import { fits } from "./rule.ts";
import { runCommand } from "./run/command.ts";
import { runHttp, type Send } from "./run/http.ts";
import { settingsFiles } from "./settings/files.ts";
import { type HookHomes, hookFolders, type Layer, layersFor } from "./settings/layers.ts";
import { type HookFile, NO_HOOKS } from "./settings/parse.ts";
import { type AskTrust, digestOf } from "./trust.ts";

export interface HookOptions {
  readonly homes: HookHomes;
  /** What handlers find in their environment, beside Claude Code's own variables. */
  readonly env: NodeJS.ProcessEnv;
  readonly trust: AskTrust;
  readonly send: Send;
  readonly log: Logger;
  /** Told of every run that has ended: for the log of runs, and for `codex-plus hooks test`. */
  readonly ran?: ((trial: Trial) => void) | undefined;
  /** Waited for before commands are run: their transcript is brought up to date. */
  readonly prepare?: ((input: HookInput) => Promise<void>) | undefined;
}

/** A run with what it was told and what it came back with. */
export interface Trial {
  readonly run: Run;
  readonly input: HookInput;
  /** Exit code and output, where it is a program. */
  readonly ending: Ending;
  readonly said: Said;
}

interface Source {
  readonly layer: Layer;
  readonly file: HookFile;
  /** The hooks folder that it lies in, where it is a hook itself. */
  readonly folder?: string;
}

const SILENT: Verdict = { context: [], messages: [], runs: [] };
/** Runs that are remembered for `/hooks`. */
const MOST_RUNS = 200;
const SESSION_END_MS = 60_000;

export class Hooks {
  readonly #options: HookOptions;
  /** Modules, Python files and processes that stay alive between calls. */
  readonly modules = new HookModules();
  readonly #read = settingsFiles();
  #runs: Run[] = [];

  constructor(options: HookOptions) {
    this.#options = options;
  }

  /** The events that anything wants to hear of in this folder, trusted or not. Costs a look at a few files. */
  events(project: string): ReadonlySet<AnyEvent> {
    return new Set(this.known(project).map(({ event }) => event));
  }

  /** Whether anything wants to hear of this event in this folder, trusted or not. */
  listens(project: string, event: AnyEvent): boolean {
    return this.events(project).has(event);
  }

  /** All handlers there are for a folder, trusted or not. */
  known(project: string): readonly Handler[] {
    return this.#sources(project).flatMap(({ file }) => file.handlers);
  }

  /** The environment that handlers of a folder get. */
  env(project: string): NodeJS.ProcessEnv {
    return { ...this.#options.env, ...this.#settingsEnv(project) };
  }

  /** A handler of the wire could not be used; the turn goes on. */
  failed(handler: Handler, why: string): void {
    this.#note({ handler, at: Date.now(), ms: 0, outcome: "failed", note: why });
  }

  /** All that would run in a folder, and what would not and why. */
  async set(project: string): Promise<HookSet> {
    const handlers: Handler[] = [];
    const problems: Problem[] = [];
    const untrusted: HookSet["untrusted"][number][] = [];
    for (const { layer, file, folder } of this.#sources(project)) {
      problems.push(...file.problems);
      if (file.handlers.length === 0) continue;
      if (!layer.project) {
        handlers.push(...file.handlers);
        continue;
      }
      const digest = folder === undefined ? digestOf(file.handlers, project) : digestOfFolder(folder, layer.file);
      const trust = await this.#options.trust(layer.file, digest);
      if (trust === "trusted") handlers.push(...file.handlers);
      else untrusted.push({ file: layer.file, digest, changed: trust === "changed", handlers: file.handlers });
    }
    return { handlers, problems, untrusted };
  }

  /**
   * Runs all handlers of an event at once and merges what they say. Never throws; takes no longer than the longest
   * timeout among them.
   */
  async fire(event: HookEvent, input: HookInput, where: Where): Promise<Verdict> {
    if (!this.listens(where.project, event)) return SILENT;
    const { handlers } = await this.set(where.project);
    const selected = this.#select(handlers, event, input);
    if (selected.length === 0) return SILENT;
    if (selected.some(({ kind }) => kind === "command")) await this.#options.prepare?.(input);
    const words = await Promise.all(selected.map((handler) => this.#run(handler, event, input, where)));
    return merge(words);
  }

  /** Ends what stays alive between calls. */
  close(): void {
    this.modules.close();
  }

  /** The last runs, newest first. */
  runs(): readonly Run[] {
    return this.#runs.toReversed();
  }

  #sources(project: string): readonly Source[] {
    const found = layersFor(project, this.#options.homes).flatMap((layer): Source[] => {
      const kept = this.#read(layer);
      return kept === undefined ? [] : [{ layer, file: kept.file }];
    });
    for (const { folder, layer, project: own } of hookFolders(project, this.#options.homes)) {
      for (const { file, handlers } of this.modules.find([{ folder, layer }])) {
        found.push({ layer: { name: layer, file, project: own }, file: { ...NO_HOOKS, handlers }, folder });
      }
    }
    const managed = ({ layer }: Source): boolean => layer.name === "managed";
    if (found.some((source) => managed(source) && source.file.disableAllHooks)) return [];
    const fenced = found.some(
      (source) => source.file.disableAllHooks || (managed(source) && source.file.allowManagedHooksOnly),
    );
    return fenced ? found.filter(managed) : found;
  }

  /** Those that the event reaches; the same command written twice runs once. */
  #select(handlers: readonly Handler[], event: HookEvent, input: HookInput): readonly Handler[] {
    const { subject, tool } = EVENT_FACTS[event];
    const seen = new Set<string>();
    return handlers.filter((handler) => {
      if (handler.event !== event) return false;
      if (subject !== undefined && !matches(handler.matcher, subject(input))) return false;
      const rule = handler.options.if;
      if (rule !== undefined && !(tool && fits(rule, input, this.#options.homes.user))) return false;
      const key = JSON.stringify([handler.kind, handler.name, handler.options.args ?? null]);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  }

  async #run(handler: Handler, event: HookEvent, input: HookInput, where: Where): Promise<Word> {
    const at = Date.now();
    const started = performance.now();
    const ending = await this.#end(handler, event, input, where);
    const said = read(event, input, handler.name, ending, handler.options.onFailure);
    const { failure } = said;
    const outcome = ending.timedOut ? "timeout" : failure !== undefined ? "failed" : said.block ? "blocked" : "ok";
    const ms = performance.now() - started;
    const run: Run = { handler, at, ms, outcome, note: failure ?? said.block };
    this.#note(run);
    this.#options.ran?.({ run, input, ending, said });
    return { handler, said, run };
  }

  async #end(
    handler: Handler,
    event: HookEvent,
    input: HookInput,
    { project, signal }: Where,
  ): Promise<Ending & { readonly timedOut: boolean }> {
    const timeoutMs = timeoutOf(handler, event);
    const env = this.env(project);
    const surroundings = { project, env, timeoutMs, signal };
    if (handler.kind === "command") return runCommand(handler, event, input, surroundings);
    if (handler.kind !== "http") return fromAnswer(await this.modules.ask(handler, { event, input }, surroundings));
    const timeout = AbortSignal.timeout(timeoutMs);
    const either = AbortSignal.any([signal, timeout]);
    const fences = this.#fences(project);
    const ending = await runHttp(handler, event, input, fences, env, either, this.#options.send);
    return { ...ending, timedOut: timeout.aborted };
  }

  #settingsEnv(project: string): Record<string, string> {
    // The layer that wins comes first in the list, so it is laid on last.
    return Object.assign(
      {},
      ...this.#sources(project)
        .toReversed()
        .map(({ file }) => file.env),
    ) as Record<string, string>;
  }

  #fences(project: string): { urls: readonly string[] | undefined; variables: readonly string[] | undefined } {
    const files = this.#sources(project).map(({ file }) => file);
    const all = (lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined => {
      const given = lists.filter((list) => list !== undefined);
      return given.length === 0 ? undefined : given.flat();
    };
    return {
      urls: all(files.map(({ allowedHttpHookUrls }) => allowedHttpHookUrls)),
      variables: all(files.map(({ httpHookAllowedEnvVars }) => httpHookAllowedEnvVars)),
    };
  }

  #note(run: Run): void {
    this.#runs.push(run);
    if (this.#runs.length > MOST_RUNS) this.#runs = this.#runs.slice(-MOST_RUNS / 2);
    const { handler, ms, outcome, note } = run;
    const line = { hook: handler.event, handler: handler.name, file: handler.file, ms: Math.round(ms), outcome, note };
    if (outcome === "failed" || outcome === "timeout") this.#options.log.warn(line, "hook");
    else this.#options.log.info(line, "hook");
  }
}

/** What a module has answered, in the form in which a program would have. */
function fromAnswer({ value, failure, timedOut }: Answer): Ending & { readonly timedOut: boolean } {
  const said = value === undefined || value === null ? "" : JSON.stringify(value);
  return { code: failure === undefined ? 0 : undefined, stdout: said, stderr: "", failure, timedOut };
}

function timeoutOf({ timeoutMs }: Handler, event: HookEvent): number {
  const wanted = timeoutMs ?? EVENT_FACTS[event].timeoutMs;
  return event === "SessionEnd" ? Math.min(wanted, SESSION_END_MS) : wanted;
}
