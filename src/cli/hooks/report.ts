/** What came of hooks that were tried: each by itself, then all together. */
import { styleText } from "node:util";
import { EVENT_FACTS } from "../../hooks/event-facts.ts";
import type { Handler, HookEvent, HookInput, HookSet, Verdict } from "../../hooks/hook.ts";
import type { Trial } from "../../hooks/index.ts";
import { matches } from "../../hooks/matcher.ts";
import { elapsed } from "../../lib/amounts.ts";
import { oneLine, plain, wrapped } from "../terminal/text.ts";
import { placeOf } from "./list.ts";

/** A handler of the event that was not run. */
interface Skipped {
  readonly handler: Handler;
  readonly why: string;
}

export interface Report {
  readonly event: HookEvent;
  readonly project: string;
  readonly input: HookInput;
  readonly trials: readonly Trial[];
  readonly skipped: readonly Skipped[];
  readonly verdict: Verdict;
}

/** Handlers of the event that were not run, each with the reason. */
export function skippedOf(set: HookSet, event: HookEvent, input: HookInput, trials: readonly Trial[]): Skipped[] {
  const ran = new Set(trials.map(({ run }) => run.handler));
  const subject = EVENT_FACTS[event].subject?.(input);
  const why = ({ matcher, options }: Handler): string => {
    if (subject !== undefined && !matches(matcher, subject)) return `its matcher ${matcher} is not for ${subject}`;
    return options.if === undefined ? "the same stands there twice" : `it is only for ${options.if}`;
  };
  const of = (handlers: readonly Handler[]) => handlers.filter((handler) => handler.event === event);
  return [
    ...of(set.handlers).flatMap((handler) => (ran.has(handler) ? [] : [{ handler, why: why(handler) }])),
    ...set.untrusted.flatMap(({ handlers, changed }) =>
      of(handlers).map((handler) => ({
        handler,
        why: changed ? "its file has changed since it was trusted" : "its file is not trusted",
      })),
    ),
  ];
}

export function* reportLines({ event, project, input, trials, skipped, verdict }: Report): Generator<string> {
  const { session_id: _, transcript_path: __, cwd: ___, permission_mode: ____, ...own } = input;
  yield* wrapped(`${styleText("bold", event)} ${oneLine(JSON.stringify(own))}`, "");
  for (const { run, ending, said } of trials) {
    yield "";
    yield* wrapped(`${styleText("cyan", oneLine(run.handler.name))}  ${placeOf(run.handler.file, project)}`, "");
    const program = run.handler.kind === "command" && ending.code !== undefined;
    const ended = program ? [`exit code ${ending.code}`] : [];
    const { async, asyncRewake } = run.handler.options;
    const behind = async || asyncRewake ? ["in the background: the model is told with the next event"] : [];
    yield `  ${[run.outcome, ...ended, elapsed(run.ms), ...behind].join(", ")}`;
    yield* block("stdout", ending.stdout);
    yield* block("stderr", ending.stderr);
    yield* block("not used", said.failure ?? "");
    if (said.decision !== undefined) yield `  decision: ${said.decision}`;
  }
  for (const { handler, why } of skipped) {
    yield "";
    yield* wrapped(`${styleText("cyan", oneLine(handler.name))}  ${placeOf(handler.file, project)}`, "");
    yield* wrapped(`not run: ${why}`, "  ");
  }
  yield "";
  if (trials.length === 0) {
    yield `No hook ran: ${outcomeOf(event, verdict)}.`;
    return;
  }
  yield* wrapped(styleText("bold", `Together: ${outcomeOf(event, verdict)}.`), "");
  yield* block("the model gets", forModel(event, verdict).join("\n"));
  yield* block("you see", forPerson(event, verdict).join("\n"));
  if (verdict.updatedInput !== undefined)
    yield* block("the tool's input becomes", JSON.stringify(verdict.updatedInput));
  if (verdict.updatedOutput !== undefined) {
    yield* block("the tool's output becomes", JSON.stringify(verdict.updatedOutput));
  }
}

export function toJson({ event, project, input, trials, skipped, verdict }: Report): object {
  const { runs: _, block: blocked, ...rest } = verdict;
  return {
    event,
    folder: project,
    input,
    ran: trials.map(({ run: { handler, ...run }, ending }) => ({ ...named(handler), ...run, ...ending })),
    skipped: skipped.map(({ handler, why }) => ({ ...named(handler), why })),
    outcome: outcomeOf(event, verdict),
    model: forModel(event, verdict),
    person: forPerson(event, verdict),
    verdict: { ...rest, ...(blocked && { block: { reason: blocked.reason, handler: blocked.handler.name } }) },
  };
}

const named = ({ name, kind, file, matcher = "" }: Handler) => ({ handler: name, kind, file, matcher });

/** What would happen, in a few words. */
function outcomeOf(event: HookEvent, { stop, block: blocked, decision, updatedInput }: Verdict): string {
  if (stop !== undefined) return "the turn ends";
  if (blocked !== undefined) return BLOCKED[event] ?? "it goes on; the model is told why a hook objects";
  if (event === "PermissionRequest" && decision !== undefined) return `answered: ${decision}`;
  if (decision === "ask") return "you are asked";
  if (updatedInput !== undefined) return "it goes on with another input";
  return decision === "allow" ? "it goes on, and you are not asked" : "it goes on";
}

const BLOCKED: { readonly [Event in HookEvent]?: string } = {
  PreToolUse: "the call is denied",
  UserPromptSubmit: "the prompt is not sent",
  UserPromptExpansion: "the prompt is not sent",
  Stop: "the model goes on",
  SubagentStop: "the model goes on",
  PreCompact: "nothing is compacted",
};

/** What reaches the model, text by text. */
function forModel(event: HookEvent, { block: blocked, context, stop }: Verdict): string[] {
  if (stop !== undefined) return [];
  const kept = event === "UserPromptSubmit" || event === "UserPromptExpansion";
  if (blocked !== undefined && (kept || event === "PreCompact")) return [];
  const told = event === "PreToolUse" || event === "Stop" || event === "SubagentStop";
  return [...(told && blocked !== undefined ? [blocked.reason] : []), ...context];
}

function forPerson(event: HookEvent, { block: blocked, stop, messages }: Verdict): string[] {
  const kept = event === "UserPromptSubmit" || event === "UserPromptExpansion" || event === "PreCompact";
  const reason = stop?.reason ?? (kept ? blocked?.reason : undefined);
  return [...(reason ? [reason] : []), ...messages];
}

function* block(name: string, text: string): Generator<string> {
  if (text.trim() === "") return;
  yield `  ${styleText("dim", `${name}:`)}`;
  yield* wrapped(plain(text.trimEnd()), "    ");
}
