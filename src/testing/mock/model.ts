/** The model that answers when no test says otherwise: small, deterministic, and of some use to a person trying it. */
import { ev, type Item, item, streamedText, type WireEvent } from "../events.ts";
import { instanceOf } from "./schema.ts";
import type { Ask, Model, Reply } from "./script.ts";

/** `run CMD` runs a command; anything else is echoed. */
const RUN = /^run:? (.+)$/is;

/** Repeats what it is told, and runs what it is told to run. */
export const echo: Model = (ask) => {
  if (ask.toolOutput !== undefined) return textReply(ask, `The tool said: ${ask.toolOutput.trim()}`);
  const command = RUN.exec(ask.prompt)?.[1];
  if (command && ask.shell !== "none") return [...toolCall(ask, command)];
  return textReply(ask, `echo: ${ask.prompt}`);
};

/** Answers everything that is not a person's own turn: prewarm, titles, reviews, compaction. */
export const aside: Model = (ask) => {
  if (ask.kind === "warmup") return [ev.created(ask.id.response), ev.completed(ask.id.response)];
  if (ask.kind === "compact") {
    const summary = item.compaction(`cmp_${ask.id.item}`);
    return [ev.created(ask.id.response), ev.done(summary), ev.completed(ask.id.response)];
  }
  const schema = schemaOf(ask.body);
  return schema ? textReply(ask, JSON.stringify(instanceOf(schema))) : undefined;
};

/** A whole reply of one message. */
export function textReply(ask: Ask, text: string): WireEvent[] {
  const message = item.text(`msg_${ask.id.item}`, text);
  return [
    ev.created(ask.id.response),
    ...streamedText(`msg_${ask.id.item}`, text),
    ev.completed(ask.id.response, undefined, [message]),
  ];
}

/** A whole reply of a little reasoning and one shell command, in the form this client takes. */
export function toolCall(ask: Ask, command: string): WireEvent[] {
  return [
    ev.created(ask.id.response),
    ev.reasoning(`rs_${ask.id.item}`, "A command will tell."),
    ev.done(shellCall(ask, command), 1),
    ev.completed(ask.id.response),
  ];
}

function shellCall({ id, shell }: Ask, command: string): Item {
  if (shell === "call") return item.call(id.call, "exec_command", { cmd: command });
  const code = `const r = await tools.exec_command({cmd:${JSON.stringify(command)}}); text(r.output);`;
  const { namespace, ...bare } = item.program(id.call, code);
  return shell === "program" ? { namespace, ...bare } : bare;
}

/** The first of several models that has an answer. */
export async function firstOf(ask: Ask, ...models: Model[]): Promise<Reply> {
  for (const model of models) {
    const reply = await model(ask);
    if (reply) return reply;
  }
  throw new TypeError("no model answered");
}

function schemaOf(body: Readonly<Record<string, unknown>>): unknown {
  const text = body.text as { format?: { type?: string; schema?: unknown } } | undefined;
  return text?.format?.type === "json_schema" ? text.format.schema : undefined;
}
