/** Hooks: what a person's settings and modules want to hear of, and what they say to it. */
import type { Logger } from "../log.ts";
import type { AnyEvent, Handler, HookEvent, HookInput, HookSet, Run, Verdict, Where } from "./hook.ts";
import { LateWords, NOTHING_LATE } from "./late.ts";
import { merge, type Word } from "./merge.ts";
import { HookModules } from "./modules/index.ts";
import { type Ending, read, type Said } from "./output.ts";
import type { Send } from "./run/http.ts";
import { type Job, runHandler } from "./run/index.ts";
import { Scratch } from "./scratch.ts";
import { select } from "./select.ts";
import type { HookHomes } from "./settings/layers.ts";
import { type InForce, Sources } from "./sources.ts";
import type { AskTrust } from "./trust.ts";

export interface HookOptions {
  readonly homes: HookHomes;
  /** A folder for files that hooks make and are given. */
  readonly files: string;
  /** What handlers find in their environment, beside Claude Code's own variables. */
  readonly env: NodeJS.ProcessEnv;
  readonly trust: AskTrust;
  readonly send: Send;
  readonly log: Logger;
  /** Told of every run that has ended, or gone on in the background: for the log of runs, and for `codex-plus hooks test`. */
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

const NONE: InForce = {
  handlers: [],
  problems: [],
  untrusted: [],
  env: {},
  fences: { urls: undefined, variables: undefined },
};
/** Runs that are remembered for `/hooks`. */
const MOST_RUNS = 200;
/** Folders whose settings are remembered for the wire's own hooks. */
const MOST_FOLDERS = 100;

export class Hooks {
  readonly #options: HookOptions;
  /** Modules, Python files and processes that stay alive between calls. */
  readonly modules = new HookModules();
  readonly #sources: Sources;
  readonly #scratch: Scratch;
  readonly #late = new LateWords();
  /** What still runs in the background, and what ends it. */
  readonly #background = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  readonly #inForce = new Map<string, InForce>();
  #runs: Run[] = [];

  constructor(options: HookOptions) {
    this.#options = options;
    this.#sources = new Sources(options.homes, this.modules, options.trust);
    this.#scratch = new Scratch(options.files);
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
    return this.#sources.known(project);
  }

  /** The environment that handlers of a folder get, as `set` found it last. */
  env(project: string): NodeJS.ProcessEnv {
    return { ...this.#options.env, ...this.#inForce.get(project)?.env };
  }

  /** A handler of the wire could not be used; the turn goes on. */
  failed(handler: Handler, why: string): void {
    this.#note({ handler, at: Date.now(), ms: 0, outcome: "failed", note: why });
  }

  /** All that would run in a folder, and what would not and why. Never throws: what cannot be checked does not run. */
  async set(project: string): Promise<HookSet> {
    return this.#set(project);
  }

  /**
   * Runs all handlers of an event at once and merges what they say. Never throws; takes no longer than the longest
   * timeout among them. What hooks in the background have said since comes with it.
   */
  async fire(event: HookEvent, input: HookInput, where: Where): Promise<Verdict> {
    const words = this.listens(where.project, event) ? await this.#words(event, input, where) : [];
    const verdict = merge(event, input, words);
    // A prompt that does not go up takes nothing with it.
    const held = event === "UserPromptSubmit" && (verdict.block !== undefined || verdict.stop !== undefined);
    const late = held ? NOTHING_LATE : this.#late.take(input.session_id, event);
    const { context, messages } = verdict;
    return { ...verdict, context: [...late.context, ...context], messages: [...late.messages, ...messages] };
  }

  /** Words for the person, said where nobody can be shown any: the session's next event that can carry them brings them. */
  later(session: string, messages: readonly string[]): void {
    if (messages.length > 0) this.#late.keep(session, { context: [], messages });
  }

  /** Waits for what runs in the background. */
  async quiet(): Promise<void> {
    await Promise.all(this.#background);
  }

  /** Ends what stays alive between calls, and what runs in the background. */
  close(): void {
    this.modules.close();
    this.#closing.abort();
  }

  /** The last runs, newest first. */
  runs(): readonly Run[] {
    return this.#runs.toReversed();
  }

  async #set(project: string): Promise<InForce> {
    let inForce = NONE;
    try {
      inForce = await this.#sources.of(project);
    } catch (error) {
      this.#options.log.error({ err: error }, "no hook is run: what is trusted cannot be told");
    }
    if (this.#inForce.size >= MOST_FOLDERS) this.#inForce.clear();
    this.#inForce.set(project, inForce);
    return inForce;
  }

  async #words(event: HookEvent, input: HookInput, where: Where): Promise<Word[]> {
    const { handlers, fences } = await this.#set(where.project);
    const { send, homes, prepare } = this.#options;
    const selected = select(handlers, event, input, homes.user);
    if (selected.some(({ kind }) => kind === "command")) await prepare?.(input);
    const env = this.env(where.project);
    return Promise.all(
      selected.map(async (handler, index) => {
        const variables =
          event === "SessionStart" && handler.kind === "command"
            ? await this.#scratch.variables(input.session_id, index + 1)
            : undefined;
        return this.#run({ handler, event, input, where, env, fences, variables, modules: this.modules, send });
      }),
    );
  }

  async #run(job: Job): Promise<Word> {
    const at = Date.now();
    const ending = await runHandler(job, this.#closing.signal);
    if (ending.later === undefined) return this.#heard(job, ending, at);
    const rest = ending.later.then(async (last) => {
      const { said } = await this.#heard(job, last, at);
      this.#late.note(job.input.session_id, said);
      this.#background.delete(rest);
    });
    this.#background.add(rest);
    const run: Run = { handler: job.handler, at, ms: Date.now() - at, outcome: "async" };
    return this.#ended(job, { handler: job.handler, said: { messages: [] }, run }, ending);
  }

  async #heard(job: Job, ending: Ending, at: number): Promise<Word> {
    const { handler, event, input } = job;
    const said = await this.#fitted(read(event, input, handler, ending));
    const { failure, block } = said;
    const outcome = ending.timedOut ? "timeout" : failure !== undefined ? "failed" : block ? "blocked" : "ok";
    const run: Run = { handler, at, ms: Date.now() - at, outcome, note: failure ?? block };
    return this.#ended(job, { handler, said, run }, ending);
  }

  #ended({ input }: Job, word: Word, ending: Ending): Word {
    this.#note(word.run);
    this.#options.ran?.({ run: word.run, input, ending, said: word.said });
    return word;
  }

  /** No longer than the model may be given. */
  async #fitted(said: Said): Promise<Said> {
    const { plain, additional } = said;
    if (plain === undefined && additional === undefined) return said;
    return {
      ...said,
      plain: plain && (await this.#scratch.fit(plain)),
      additional: additional && (await this.#scratch.fit(additional)),
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
