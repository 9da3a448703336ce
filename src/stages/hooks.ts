/** Feeder one: what can be seen on the wire of prompts, answers, sessions and compactions is told to hooks. */
import type { PreInput, StreamEvent } from "../hooks/define.ts";
import type { GatedCalls } from "../hooks/gated.ts";
import type { AnyEvent, HookEvent, Where } from "../hooks/hook.ts";
import type { Hooks } from "../hooks/index.ts";
import type { StoppedTurns } from "../hooks/stopped.ts";
import type { Frame } from "../protocol/frame.ts";
import { type ClientMetadata, type Metadata, metadataOf } from "../protocol/head.ts";
import { type Prompt, withParts } from "../protocol/prompt.ts";
import type { RequestBody } from "../protocol/request.ts";
import type { Continuity } from "../sessions/continuity/index.ts";
import type { Head, Needs, Reply, Stage, Turn } from "../turn.ts";
import type { Expansion } from "./commands.ts";
import { answer } from "./hooks/answer.ts";
import { beforeCompaction, type Fire, watchCompaction } from "./hooks/compactions.ts";
import { Folders } from "./hooks/folders.ts";
import { type Transcript, threadInput, turnInput } from "./hooks/input.ts";
import { keepNotes, type Notes, notesOf } from "./hooks/notes.ts";
import { newPrompt, told } from "./hooks/prompt.ts";
import { feedback, MOST_BLOCKS, stopInput } from "./hooks/stop.ts";
import type { Editor, Shown } from "./hooks/stream.ts";
import { type Source, type Thread, Threads } from "./hooks/threads.ts";
import { distrusted, stopped } from "./hooks/wording.ts";
import type { Answered } from "./legs/next.ts";

/** The hooks of the wire's own events: modules, and processes that are kept. */
export interface WireHooks {
  preInput(input: PreInput, where: Where): Promise<PreInputVerdict>;
  /** For one answer. */
  postOutput(where: Where): {
    wants(type: string): boolean;
    show(event: StreamEvent, of: { readonly session: string; readonly model: string }): Promise<Shown>;
  };
}

/** What all `pre_input` hooks have said together. */
interface PreInputVerdict {
  readonly prompt?: string | undefined;
  readonly answer?: string | undefined;
  readonly context: readonly string[];
}

export interface HookStageOptions {
  readonly hooks: Hooks;
  readonly wire?: WireHooks | undefined;
  readonly continuity: Continuity;
  readonly transcript: Transcript;
  /** What Codex's own hooks have told of. */
  readonly gated: GatedCalls;
  /** Turns that hooks of Codex's own have ended. */
  readonly ended: StoppedTurns;
  /** The folder whose hooks count where a client does not say in which it works: the person's home. */
  readonly elsewhere: string;
  /** A thread that nobody has gone on with for so long has been left, in ms. */
  readonly leftMs?: number;
}

const OF_COMPACTIONS: readonly HookEvent[] = ["PreCompact", "PostCompact"];
/** Those that are told of while the answer comes down, or that may have something shown in it. */
const OF_ANSWERS: readonly AnyEvent[] = ["Stop", "UserPromptExpansion", "post_output"];
const HOUR_MS = 3_600_000;
const LOOK_MS = 60_000;
const NEVER = new AbortController().signal;

export class HookFeeder {
  readonly stage: Stage;
  readonly #options: HookStageOptions;
  readonly #folders: Folders;
  readonly #threads = new Threads();
  readonly #timer: NodeJS.Timeout;

  constructor(options: HookStageOptions) {
    this.#options = options;
    this.#folders = new Folders(options.elsewhere);
    this.stage = {
      name: "hooks",
      needs: (head) => this.#needs(head),
      request: (turn) => (turn.head.kind === "compact" ? this.#compact(turn) : this.#turn(turn)),
      watches: (turn) => this.#watches(turn),
      frames: (turn, source, sent) => this.#frames(turn, source, sent),
    };
    this.#timer = setInterval(() => void this.#leave(Date.now() - (options.leftMs ?? HOUR_MS)), LOOK_MS);
    this.#timer.unref();
  }

  /**
   * A command is about to take the prompt's place.
   * @returns why it must not
   */
  async expanding(turn: Turn, { text }: Prompt, { name, args, source, type }: Expansion): Promise<string | undefined> {
    const notes = notesOf(turn);
    if (notes === undefined) return undefined;
    const verdict = await this.#fire("UserPromptExpansion", turn, {
      expansion_type: type,
      command_name: name,
      command_args: args,
      command_source: source,
      prompt: text,
    });
    notes.notices.push(...verdict.messages);
    if (verdict.block !== undefined) return verdict.block.reason;
    if (verdict.stop !== undefined) return stopped(verdict.stop.reason);
    notes.context.push(...verdict.context);
    return undefined;
  }

  /** Whether the prompt stands as a hook has just put it, and may be a command. */
  retyped(turn: Turn): boolean {
    return notesOf(turn)?.retyped ?? false;
  }

  /** All threads have been left: we stop. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#leave(Number.POSITIVE_INFINITY);
  }

  #needs(head: Head): Needs {
    const { kind } = head;
    if (kind !== "main" && kind !== "compact") return "nothing";
    const folder = this.#folders.of(head);
    // The first request of a thread tells where it works.
    if (folder === undefined) return "events";
    const events = this.#options.hooks.events(folder);
    const some = kind === "main" ? events.size > 0 : OF_COMPACTIONS.some((event) => events.has(event));
    return some ? "events" : "nothing";
  }

  #watches(turn: Turn): boolean {
    if (turn.head.kind === "compact") return true;
    const notes = notesOf(turn);
    if (notes === undefined) return false;
    return notes.notices.length > 0 || OF_ANSWERS.some((event) => notes.events.has(event));
  }

  async #turn(turn: Turn): Promise<Reply | undefined> {
    const { head, request } = turn;
    const project = this.#folders.look(head, request);
    const { hooks, continuity } = this.#options;
    const events = hooks.events(project);
    if (events.size === 0) return undefined;
    const metadata = metaOf(turn);
    const [thread, source] = this.#threads.enter(head.thread, project, head.turn, metadata, request);
    const notes = keepNotes(turn, {
      project,
      events,
      thread,
      metadata,
      prompt: undefined,
      retyped: false,
      context: [],
      notices: [],
      goesUp: false,
    });
    const ended = this.#options.ended.take(head.turn);
    if (ended !== undefined) return continuity.answer(turn, [], stopped(ended));
    const prompt = newPrompt(turn, thread, continuity);
    notes.prompt = prompt?.index;
    if (!thread.announced) {
      thread.announced = true;
      const distrust = distrusted(await hooks.set(project), project);
      if (distrust !== undefined) notes.notices.push(distrust);
    }
    if (source !== undefined) await this.#begin(turn, thread, source, notes.notices);
    if (prompt !== undefined) {
      const verdict = await this.#fire("UserPromptSubmit", turn, { prompt: prompt.text });
      notes.notices.push(...verdict.messages);
      if (verdict.block !== undefined) return continuity.answer(turn, [prompt.index], verdict.block.reason);
      if (verdict.stop !== undefined) return continuity.answer(turn, [prompt.index], stopped(verdict.stop.reason));
      notes.context.push(...verdict.context);
    }
    const answered = events.has("pre_input") ? await this.#input(turn, notes, prompt) : undefined;
    // Who leaves while hooks are asked may come again with the same prompt.
    if (prompt !== undefined && !turn.signal.aborted) told(prompt, thread);
    return answered;
  }

  /** The request is about to go up: modules may answer it, change what was typed, or have the model told something. */
  async #input(turn: Turn, notes: Notes, prompt: Prompt | undefined): Promise<Reply | undefined> {
    const { continuity, wire } = this.#options;
    const input = { ...ofTurn(turn), prompt: prompt?.text ?? "", cwd: notes.project };
    const verdict = await wire?.preInput(input, { project: notes.project, signal: turn.signal });
    if (verdict === undefined) return undefined;
    if (verdict.answer !== undefined) {
      return continuity.answer(turn, prompt === undefined ? [] : [prompt.index], verdict.answer);
    }
    notes.context.push(...verdict.context);
    if (verdict.prompt === undefined || prompt === undefined) return undefined;
    continuity.rewrite(turn, prompt.index, [withParts(prompt, [verdict.prompt])]);
    notes.retyped = true;
    return undefined;
  }

  /** Whatever it says is for the next prompt, also where this one does not go up. */
  async #begin(turn: Turn, thread: Thread, source: Source, notices: string[]): Promise<void> {
    const input = { ...threadInput(thread.id, thread.project, this.#options.transcript), source };
    const where = { project: thread.project, signal: turn.signal };
    const verdict = await this.#options.hooks.fire("SessionStart", input, where);
    thread.waiting.push(...verdict.context);
    notices.push(...verdict.messages);
  }

  async #stop(turn: Turn, notes: Notes, answered: Answered): Promise<string | undefined> {
    const { thread } = notes;
    const verdict = await this.#fire("Stop", turn, stopInput(turn, answered, thread.blocks > 0));
    notes.notices.push(...verdict.messages);
    const text = feedback(verdict);
    if (text === undefined || turn.signal.aborted) return undefined;
    if (thread.blocks >= MOST_BLOCKS) {
      turn.log.warn(`Stop hooks have blocked ${MOST_BLOCKS} times in a row: the turn ends`);
      return undefined;
    }
    thread.blocks += 1;
    return text;
  }

  async #compact(turn: Turn): Promise<Reply | undefined> {
    this.#folders.look(turn.head, turn.request);
    return beforeCompaction(turn, metaOf(turn), this.#fire);
  }

  #frames(turn: Turn, source: AsyncIterable<Frame>, sent: RequestBody): AsyncIterable<Frame> {
    if (turn.head.kind === "compact") return watchCompaction(turn, source, metaOf(turn), this.#fire);
    const notes = notesOf(turn);
    if (notes === undefined) return source;
    const { continuity } = this.#options;
    return answer(turn, notes, source, sent, {
      ended: (answered) => this.#stop(turn, notes, answered),
      editor: this.#editor(turn, notes),
      conceal: (item) => continuity.conceal(turn, item),
      hide: ({ output }, said) => {
        const last = output.at(-1) ?? turn.request.json().input?.at(-1);
        if (typeof last === "object") continuity.hide(turn, last, [said]);
      },
    });
  }

  #editor(turn: Turn, notes: Notes): Editor | undefined {
    const { project, events } = notes;
    const { wire } = this.#options;
    if (wire === undefined || !events.has("post_output")) return undefined;
    const editor = wire.postOutput({ project, signal: turn.signal });
    return {
      wants: (type) => editor.wants(type),
      show: (event) => editor.show(event, ofTurn(turn)),
      ended: () => {
        notes.goesUp = false;
      },
    };
  }

  async #leave(before: number): Promise<void> {
    const { hooks, transcript, gated } = this.#options;
    const left = this.#threads.leave(before).filter(({ id }) => !gated.has(id, "", "SessionEnd"));
    const told = left.map(({ id, project, turn }) => {
      const prompt = turn === "" ? {} : { prompt_id: turn };
      const input = { ...threadInput(id, project, transcript), ...prompt, reason: "other" };
      return hooks.fire("SessionEnd", input, { project, signal: NEVER });
    });
    await Promise.all(told);
  }

  readonly #fire: Fire = (event, turn, fields) => {
    const project = this.#folders.look(turn.head, turn.request);
    const input = { ...turnInput(turn.head, project, this.#options.transcript), ...fields };
    return this.#options.hooks.fire(event, input, { project, signal: turn.signal });
  };
}

function ofTurn({ head, request }: Turn): { readonly session: string; readonly model: string } {
  const model = request.field("model");
  return { session: head.thread, model: typeof model === "string" ? model : "" };
}

/** What the client says of a turn, beside what the head holds of it. */
function metaOf({ head, request }: Turn): Metadata {
  const client = request.field("client_metadata");
  return metadataOf(head.headers, typeof client === "object" && client !== null ? (client as ClientMetadata) : {});
}
