/** The wire's own hooks: `pre_input` sees a request before it goes up, `post_output` each event that comes down. */
import { z } from "zod";
import type { PreInput, StreamEvent } from "./define.ts";
import { EVENT_FACTS } from "./event-facts.ts";
import type { Handler, Where, WireHookEvent } from "./hook.ts";
import type { Hooks } from "./index.ts";
import type { HookModules, Setting } from "./modules/index.ts";

/** What all `pre_input` hooks have said together. */
export interface PreInputVerdict {
  /** In the place of what was typed; undefined where nobody changed it. */
  readonly prompt?: string | undefined;
  /** Shown to the person; nothing goes up. */
  readonly answer?: string | undefined;
  readonly context: readonly string[];
}

/** What becomes of an event. */
export interface PostOutputVerdict {
  /** The very event that was given, others, or none. */
  readonly events: readonly StreamEvent[];
  /** The answer ends behind them. */
  readonly end: boolean;
}

export interface WireSetting extends Omit<Setting, "timeoutMs"> {
  /** Told of what could not be used; the turn goes on. */
  readonly failed: (handler: Handler, why: string) => void;
}

const preInputSchema = z.looseObject({
  prompt: z.string().optional(),
  answer: z.string().optional(),
  context: z.string().optional(),
});
const eventSchema = z.looseObject({ type: z.string() });
const postOutputSchema = z.union([
  z.null(),
  z.array(eventSchema),
  z.strictObject({ end: z.array(eventSchema) }),
  eventSchema,
]);

/** Runs the wire's hooks of a folder, as far as they are trusted. */
export class WireEvents {
  readonly #hooks: Hooks;

  constructor(hooks: Hooks) {
    this.#hooks = hooks;
  }

  /** Never throws. */
  async preInput(input: PreInput, where: Where): Promise<PreInputVerdict> {
    const { handlers } = await this.#hooks.set(where.project);
    return preInput(this.#hooks.modules, handlers, input, this.#setting(where));
  }

  /** For the events of one answer; what is trusted is looked up once, with the first. */
  postOutput(where: Where): {
    wants(type: string): boolean;
    show(event: StreamEvent, of: { readonly session: string; readonly model: string }): Promise<PostOutputVerdict>;
  } {
    const known = this.#hooks.known(where.project).filter(({ event }) => event === "post_output");
    let trusted: Promise<readonly Handler[]> | undefined;
    return {
      wants: (type) => known.some((handler) => wants(handler, type)),
      show: async (event, of) => {
        trusted ??= this.#hooks.set(where.project).then(({ handlers }) => wireHandlers(handlers, "post_output"));
        return postOutput(this.#hooks.modules, await trusted, event, of, this.#setting(where));
      },
    };
  }

  #setting({ project, signal }: Where): WireSetting {
    return {
      project,
      signal,
      env: this.#hooks.env(project),
      failed: (handler, why) => this.#hooks.failed(handler, why),
    };
  }
}

/** Those of the handlers that hear of a wire event, in the order in which they are asked. */
export function wireHandlers(handlers: readonly Handler[], event: WireHookEvent): readonly Handler[] {
  return handlers
    .filter((handler) => handler.event === event)
    .toSorted((one, other) => (one.options.priority ?? 0) - (other.options.priority ?? 0));
}

/** Asks one after the other, since each sees what the one before has made of the prompt; ends at the first answer. */
export async function preInput(
  modules: HookModules,
  handlers: readonly Handler[],
  input: PreInput,
  setting: WireSetting,
): Promise<PreInputVerdict> {
  let { prompt } = input;
  const context: string[] = [];
  for (const handler of wireHandlers(handlers, "pre_input")) {
    const asked = { event: "pre_input", input: { ...input, prompt } } as const;
    const { value, failure } = await modules.ask(handler, asked, { ...setting, timeoutMs: timeoutOf(handler) });
    if (failure !== undefined) setting.failed(handler, failure);
    if (failure !== undefined || value === undefined || value === null) continue;
    const said = preInputSchema.safeParse(value);
    if (!said.success) {
      setting.failed(handler, "it must answer nothing, { prompt }, { answer } or { context }");
      continue;
    }
    if (said.data.answer !== undefined) return { answer: said.data.answer, context };
    if (said.data.context !== undefined) context.push(said.data.context);
    prompt = said.data.prompt ?? prompt;
  }
  return prompt === input.prompt ? { context } : { prompt, context };
}

/** Shows an event to all handlers that want its type; what one makes of it is shown to the next. */
export async function postOutput(
  modules: HookModules,
  handlers: readonly Handler[],
  event: StreamEvent,
  of: { readonly session: string; readonly model: string },
  setting: WireSetting,
): Promise<PostOutputVerdict> {
  let events: readonly StreamEvent[] = [event];
  let end = false;
  for (const handler of handlers) {
    const next: StreamEvent[] = [];
    for (const each of events) {
      const said = wants(handler, each.type) ? await show(modules, handler, each, of, setting) : undefined;
      next.push(...(said?.events ?? [each]));
      end ||= said?.end ?? false;
    }
    events = next;
  }
  return { events, end };
}

/** Whether a handler is shown events of this type. */
export function wants({ options }: Handler, type: string): boolean {
  return options.streamEvents?.includes(type) ?? true;
}

async function show(
  modules: HookModules,
  handler: Handler,
  event: StreamEvent,
  of: { readonly session: string; readonly model: string },
  setting: WireSetting,
): Promise<PostOutputVerdict | undefined> {
  const asked = { event: "post_output", input: event, of } as const;
  const { value, failure } = await modules.ask(handler, asked, { ...setting, timeoutMs: timeoutOf(handler) });
  if (failure !== undefined) setting.failed(handler, failure);
  // In JSON there is no undefined: a process that has nothing to say leaves `output` out.
  if (failure !== undefined || value === undefined) return undefined;
  const said = postOutputSchema.safeParse(value);
  if (!said.success) {
    setting.failed(handler, "it must answer nothing, null, an event, a list of events or { end }");
    return undefined;
  }
  const answer = said.data;
  if (answer === null) return { events: [], end: false };
  if (Array.isArray(answer)) return { events: answer, end: false };
  if (Array.isArray(answer.end) && !("type" in answer)) return { events: answer.end as StreamEvent[], end: true };
  return { events: [answer as StreamEvent], end: false };
}

function timeoutOf({ timeoutMs, event }: Handler): number {
  return timeoutMs ?? EVENT_FACTS[event].timeoutMs;
}
