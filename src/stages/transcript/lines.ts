/**
 * A conversation as lines of Claude Code's transcript, as 2.1.328 writes it: what a person typed, what the model said,
 * thought and called, what came of it. What Codex adds by itself is left out: Claude Code has no such lines.
 */
import { createHash } from "node:crypto";
import { present } from "../../hooks/tools/present.ts";
import { VERSION } from "../../lib/version.ts";
import type { ItemRow, LegRow } from "../../sessions/ledger.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What all lines of a file have in common. */
export interface Place {
  readonly session: string;
  readonly cwd: string;
}

/** A line, as much of it as is looked at again. */
export interface Line extends Fields {
  readonly uuid: string;
  readonly parentUuid: string | null;
  /** Ours: the item it tells of. Missing on what was told before it was recorded. */
  readonly item?: number;
}

/** Undefined for items that a transcript does not hold. */
export function lineOf(
  item: ItemRow,
  leg: Pick<LegRow, "model" | "usage"> | undefined,
  place: Place,
  parentUuid: string | null,
): Line | undefined {
  const message = messageOf(item, leg, place);
  if (message === undefined) return undefined;
  return {
    ...envelope(place, parentUuid, uuidOf(`${place.session} ${item.n}`), item.at),
    type: message.role,
    message,
    item: item.n,
  };
}

/** What the model has just said and nobody has recorded yet. */
export function saidLine(text: string, place: Place, parentUuid: string | null, at: number): Line {
  const message = assistant(saidId(text), "", [{ type: "text", text }], "end_turn", undefined);
  return { ...envelope(place, parentUuid, saidId(text), at), type: "assistant", message };
}

/** The id of a line for this text that stands there before the text is recorded. */
export function saidId(text: string): string {
  return uuidOf(`said ${text}`);
}

function envelope({ session, cwd }: Place, parentUuid: string | null, uuid: string, at: number) {
  const timestamp = new Date(at).toISOString();
  const who = { userType: "external", entrypoint: "codex-plus", cwd, sessionId: session, version: VERSION };
  return { parentUuid, isSidechain: false, uuid, timestamp, ...who };
}

function messageOf(item: ItemRow, leg: Pick<LegRow, "model" | "usage"> | undefined, place: Place) {
  const { type, role, text, callId } = item;
  const from = (content: readonly Fields[], stop: string) =>
    assistant(item.id ?? `item_${item.n}`, leg?.model ?? "", content, stop, leg?.usage);
  if (role === "user") return { role: "user", content: text };
  if (role === "assistant") return text === "" ? undefined : from([{ type: "text", text }], "end_turn");
  if (role === "reasoning") {
    return text === "" ? undefined : from([{ type: "thinking", thinking: text, signature: "" }], "tool_use");
  }
  if (role !== "tool" || callId === undefined) return undefined;
  if (type.endsWith("_output")) {
    return { role: "user", content: [{ tool_use_id: callId, type: "tool_result", content: text, is_error: false }] };
  }
  return type.endsWith("_call") ? from(usesOf(item, callId, place.cwd), "tool_use") : undefined;
}

function assistant(id: string, model: string, content: readonly Fields[], stop: string, usage: LegRow["usage"]) {
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content,
    stop_reason: stop,
    stop_sequence: null,
    usage: {
      input_tokens: (usage?.input ?? 0) - (usage?.cached ?? 0),
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: usage?.cached ?? 0,
      output_tokens: usage?.output ?? 0,
    },
  };
}

/** The call under the names that hooks know; a patch of several files is several uses, the first of them with its id. */
function usesOf({ tool = "", type, body }: ItemRow, callId: string, cwd: string): Fields[] {
  const call = JSON.parse(body) as Fields;
  const name = typeof call.name === "string" ? call.name : type.replace(/_call$/, "");
  const namespace = typeof call.namespace === "string" ? call.namespace : undefined;
  const input = call.input ?? argumentsOf(call.arguments) ?? call.action;
  const calls = present({ name, namespace, input }, cwd)?.calls ?? [{ tool, input: plainInput(input) }];
  return calls.map((one, index) => ({
    type: "tool_use",
    id: index === 0 ? callId : `${callId}_${index + 1}`,
    name: one.tool,
    input: one.input,
  }));
}

function argumentsOf(text: unknown): unknown {
  if (typeof text !== "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function plainInput(input: unknown): unknown {
  return typeof input === "object" && input !== null ? input : { input };
}

/** A UUID that is the same whenever it is asked for. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
