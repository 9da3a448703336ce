/** What tools have answered is told to hooks before it goes up; what they say to it goes with it, now and ever after. */
import type { HookEvent, Verdict } from "../../hooks/hook.ts";
import { outcomeOf } from "../../hooks/native/response.ts";
import type { Presented } from "../../hooks/tools/present.ts";
import { replacedOutput, resultOf } from "../../hooks/tools/result.ts";
import { stringMember } from "../../protocol/json-spans.ts";
import type { Item } from "../../protocol/request.ts";
import type { Continuity } from "../../sessions/continuity/index.ts";
import type { Turn } from "../../turn.ts";
import { message } from "../context.ts";

/** A call that the client was let make. */
export interface Made {
  readonly id: string;
  readonly calls: readonly Presented[];
  /** What hooks have said before it, for the model to read behind its output. */
  readonly context: readonly string[];
}

export interface Told {
  readonly event: HookEvent;
  readonly call: Presented;
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface AfterOptions {
  readonly continuity: Continuity;
  /** The call that this is the output of, the first time it comes. */
  take(callId: string): Made | undefined;
  /** Fires one event; undefined where somebody else has told of the call's output already. */
  fire(told: Told): Promise<Verdict | undefined>;
}

export interface Afterwards {
  /** For the person. */
  readonly messages: readonly string[];
  /** The turn is to end here, for this reason. */
  readonly stop: string | undefined;
}

/** Tells of the outputs that a request brings, and puts what comes of it beside them or in their place. */
export async function afterTools(turn: Turn, options: AfterOptions): Promise<Afterwards> {
  const found = outputs(turn, options);
  const verdicts = await Promise.all(found.map(({ made, item }) => tell(made, item, options)));
  // From the last to the first, so that the places of those before stay what they are.
  for (const [at, { index, item, made }] of [...found.entries()].toReversed()) {
    const said = verdicts[at] ?? [];
    const replaced = said.filter(({ updatedOutput }) => updatedOutput !== undefined);
    const texts = [...made.context, ...said.flatMap(({ context }) => context)];
    if (replaced.length === 0 && texts.length === 0) continue;
    const output = replaced.map(({ updatedOutput }) => replacedOutput(updatedOutput)).join("\n");
    const shown = replaced.length === 0 ? item : { ...item, output };
    options.continuity.rewrite(turn, index, [shown, ...message(turn, item, texts)]);
  }
  const all = verdicts.flat();
  return {
    messages: all.flatMap(({ messages }) => messages),
    stop: all.find(({ stop }) => stop !== undefined)?.stop?.reason,
  };
}

interface Output {
  readonly index: number;
  readonly item: Item;
  readonly made: Made;
}

function outputs({ request }: Turn, { take }: AfterOptions): Output[] {
  const { bytes, spans } = request.items();
  return spans.flatMap((span, index): Output[] => {
    const id = stringMember(bytes, span, "call_id");
    if (id === undefined || !stringMember(bytes, span, "type")?.endsWith("_output")) return [];
    const made = take(id);
    return made === undefined ? [] : [{ index, made, item: JSON.parse(bytes.toString("utf8", span.start, span.end)) }];
  });
}

/** One event for each thing that the call is to hooks: a patch of three files is three. */
async function tell({ id, calls }: Made, item: Item, { fire }: AfterOptions): Promise<Verdict[]> {
  const { output, exitCode, interrupted } = resultOf(item.output);
  const verdicts = calls.map((call) => {
    const outcome = interrupted ? { error: String(output) } : outcomeOf(call, contentOf(call, output), exitCode);
    return "error" in outcome
      ? fire({ event: "PostToolUseFailure", call, id, fields: { error: outcome.error, is_interrupt: interrupted } })
      : fire({ event: "PostToolUse", call, id, fields: { tool_response: outcome.response } });
  });
  return (await Promise.all(verdicts)).filter((verdict) => verdict !== undefined);
}

/** MCP tools answer with content blocks; the wire has their text, or parts of its own. */
function contentOf({ tool }: Presented, output: unknown): unknown {
  if (!tool.startsWith("mcp__")) return output;
  const parts: readonly unknown[] = Array.isArray(output) ? output : [{ type: "input_text", text: output }];
  return {
    content: parts.map((part) => {
      const { type, ...rest } = part as { readonly type?: unknown };
      return { type: String(type).replace(/^input_/, ""), ...rest };
    }),
  };
}
