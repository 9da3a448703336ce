/**
 * The legs of a rollout file: its lines, in order, as the requests and answers that they are of. A leg is over where the client
 * says something after an answer (0.169 also writes down each answer's end), a turn where Codex says so; up to 0.12x it
 * does not, and a turn is what follows a prompt.
 */
import type { Item } from "../../protocol/request.ts";
import type { ItemFacts, Leg, ThreadFacts } from "../ledger.ts";
import { itemFacts } from "../recorder/digest/item.ts";
import { type Fields, fieldsOf, listOf, numberOf, textOf } from "../recorder/digest/values.ts";
import { Draft, type DraftTurn } from "./draft.ts";
import type { RolloutLine } from "./line.ts";
import { limitsOf, usageOf } from "./usage.ts";

export interface Options {
  /** Pictures larger than this are told of, but not kept. */
  readonly blobBytes: number;
}

export class RolloutLegs {
  readonly #options: Options;
  #thread: ThreadFacts;
  #turn: DraftTurn | undefined;
  #draft: Draft | undefined;
  /** The first leg of the turn, without its items: the turn's end tells of it. */
  #first: { readonly leg: Leg; readonly begun: number } | undefined;
  #legs = 0;
  #at: number;
  /** When the leg before was over. */
  #ended = 0;
  /** Tokens of the whole thread when they were last told. */
  #tokens = 0;
  /** How often each thing has been said. */
  readonly #times = new Map<string, number>();
  #ready: Leg[] = [];

  /** @param at when the thread began */
  constructor(thread: ThreadFacts, at: number, options: Options) {
    this.#thread = thread;
    this.#at = at;
    this.#options = options;
  }

  /** @returns the legs that this line shows to be over, mostly none; the first of a turn once more when the turn is */
  take({ type, at, payload }: RolloutLine): readonly Leg[] {
    this.#at = at ?? this.#at;
    if (type === "response_item") this.#item(payload);
    else if (type === "turn_context") this.#context(payload);
    else if (type === "token_usage_record") this.#answered(payload);
    else if (type === "compacted") this.#compacted(payload);
    else if (type === "event_msg") this.#event(payload);
    return this.#taken();
  }

  /** What is left at the end of the file. */
  end(): readonly Leg[] {
    this.#flush(false);
    return this.#taken();
  }

  #taken(): readonly Leg[] {
    if (this.#ready.length === 0) return this.#ready;
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  #event(event: Fields): void {
    const { type } = event;
    if (this.#isBelow(event)) return;
    if (type === "task_started" || type === "turn_started") this.#begin(event);
    else if (type === "task_complete" || type === "turn_complete") this.#complete(event);
    else if (type === "turn_aborted") this.#aborted();
    else if (type === "token_count") this.#counted(event);
    else if (type === "error") this.#current().error = errorOf(event);
    else if (type === "thread_name_updated") {
      this.#thread = { ...this.#thread, title: textOf(event.thread_name) ?? this.#thread.title };
    }
  }

  /** Whether it is the turn of a thread below that tells of itself here, such as a review's. */
  #isBelow({ turn_id, root_turn_id }: Fields): boolean {
    const id = this.#turn?.id;
    return id !== undefined && turn_id !== undefined && turn_id !== id && root_turn_id === id;
  }

  #begin(event: Fields): void {
    this.#startTurn(textOf(event.turn_id), textOf(fieldsOf(event.turn_attribution).turn_trigger));
  }

  #startTurn(id: string | undefined, trigger?: string): void {
    const before = this.#draft;
    // What a client adds by itself before a turn begins goes up with it.
    const isPrelude = before !== undefined && before.turn?.id === undefined && !before.begins && !before.isAnswered;
    if (!isPrelude) this.#flush(true);
    this.#turn = { id, trigger, started: this.#at };
    this.#first = undefined;
    if (isPrelude) before.turn = this.#turn;
  }

  #context(context: Fields): void {
    const settings = fieldsOf(fieldsOf(context.collaboration_mode).settings);
    this.#thread = {
      ...this.#thread,
      cwd: textOf(context.cwd) ?? this.#thread.cwd,
      model: textOf(context.model) ?? this.#thread.model,
      effort: textOf(context.effort) ?? textOf(settings.reasoning_effort) ?? this.#thread.effort,
    };
    const id = textOf(context.turn_id);
    if (id !== undefined && id !== this.#turn?.id) this.#startTurn(id);
  }

  #item(payload: Fields): void {
    const item = this.#facts(payload);
    if (isAnswer(item)) {
      const draft = this.#current(this.#draft?.over);
      draft.answered.push(item);
      draft.ended = this.#at;
      return;
    }
    // A prompt begins a turn, where Codex does not say that one has begun.
    const begins = item.role === "user" && this.#turn?.id === undefined;
    if (begins) this.#startTurn(undefined);
    const draft = this.#current(this.#draft?.isAnswered);
    draft.begins ||= begins;
    draft.asked.push(item);
    draft.sent = this.#at;
    draft.ended = this.#at;
  }

  #facts(payload: Fields): ItemFacts {
    const item = itemFacts(payload as Item, this.#options);
    const nth = (this.#times.get(item.hash) ?? 0) + 1;
    this.#times.set(item.hash, nth);
    return { ...item, nth };
  }

  /** The end of an answer. */
  #answered(record: Fields): void {
    const draft = this.#current(this.#draft?.over);
    draft.responseId = textOf(record.response_id);
    draft.usage = usageOf(record.usage);
    draft.over = true;
    draft.ended = this.#at;
  }

  /** Told with every answer, and again with the next one's limits: tokens are news where their sum has grown. */
  #counted({ info, rate_limits }: Fields): void {
    const draft = this.#draft;
    if (draft === undefined) return;
    draft.limits = limitsOf(rate_limits) ?? draft.limits;
    const tokens = numberOf(fieldsOf(fieldsOf(info).total_token_usage).total_tokens) ?? 0;
    const usage = usageOf(fieldsOf(info).last_token_usage);
    if (tokens > this.#tokens && usage !== undefined && usage.input + usage.output > 0) draft.usage ??= usage;
    this.#tokens = tokens;
  }

  /** The history has become shorter: what stands for it is the answer of a request of its own. */
  #compacted({ message, replacement_history }: Fields): void {
    const before = this.#draft;
    const draft = this.#current(before !== undefined && !before.over && before.answered.length > 0);
    draft.kind = "compact";
    if (draft.answered.length === 0) {
      const summary = fieldsOf(listOf(replacement_history).at(-1) ?? summaryOf(message));
      draft.answered.push(this.#facts(summary));
    }
    draft.over = true;
    draft.ended = this.#at;
  }

  #aborted(): void {
    const draft = this.#draft;
    if (draft !== undefined) {
      draft.state = "interrupted";
      if (!draft.over) draft.ended = this.#at;
    }
    this.#endTurn(undefined);
  }

  #complete(event: Fields): void {
    const error = event.error === undefined || event.error === null ? undefined : errorOf(fieldsOf(event.error));
    if (error !== undefined) {
      const draft = this.#current();
      draft.error = error;
      draft.state = "failed";
      draft.ended = this.#at;
    }
    this.#endTurn(numberOf(event.time_to_first_token_ms));
  }

  #endTurn(firstByteMs: number | undefined): void {
    const [draft, first] = [this.#draft, this.#first];
    const since = (begun: number, started: number): number | undefined =>
      firstByteMs === undefined ? undefined : Math.max(0, firstByteMs - (started - begun));
    if (draft !== undefined && first === undefined) {
      draft.firstByteMs = since(draft.turn?.started ?? draft.started, draft.started);
    }
    this.#flush(true);
    if (first !== undefined && firstByteMs !== undefined) {
      this.#ready.push({ ...first.leg, firstByteMs: since(first.begun, first.leg.started), asked: [], answered: [] });
    }
    this.#turn = undefined;
    this.#first = undefined;
  }

  /** The leg that a line belongs to. @param another whether the one before is over */
  #current(another: boolean | undefined = false): Draft {
    if (another) this.#flush(true);
    if (this.#draft === undefined) {
      this.#legs += 1;
      const since = this.#first === undefined ? (this.#turn?.started ?? this.#at) : this.#ended;
      this.#draft = new Draft(`codex:${this.#thread.id}:${this.#legs}`, this.#turn, since);
    }
    return this.#draft;
  }

  #flush(isOver: boolean): void {
    const draft = this.#draft;
    if (draft === undefined) return;
    this.#draft = undefined;
    // Nobody has said anything yet.
    if (draft.turn === undefined && !draft.isAnswered) return;
    const leg = draft.leg(this.#thread, isOver);
    this.#ended = draft.ended;
    this.#ready.push(leg);
    if (this.#first === undefined && draft.turn !== undefined) {
      this.#first = { leg: { ...leg, asked: [], answered: [] }, begun: draft.turn.started };
    }
  }
}

/** Whether the model has said it. A sub-agent's mail reads as somebody's words too, but is brought by the client. */
function isAnswer({ role, type }: ItemFacts): boolean {
  if (type === "agent_message") return false;
  return role === "assistant" || role === "reasoning" || type === "compaction" || type.endsWith("_call");
}

function summaryOf(message: unknown): Item {
  return { type: "message", role: "user", content: [{ type: "input_text", text: textOf(message) ?? "" }] };
}

function errorOf({ message, codex_error_info }: Fields): { code: string; message: string } {
  const code = textOf(codex_error_info) ?? Object.keys(fieldsOf(codex_error_info))[0] ?? "error";
  return { code, message: textOf(message) ?? "" };
}
