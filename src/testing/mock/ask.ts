/** Reads a request the way a model does. Deliberately apart from protocol/: it is the oracle for that room. */
import type { Item } from "../events.ts";
import type { Ask, Kind } from "./script.ts";

type Json = Readonly<Record<string, unknown>>;

/** Makes the ids of replies: `resp_mock_1`, `msg_mock_1`… */
export type Ids = () => Ask["id"];

export function counter(): Ids {
  let n = 0;
  return () => {
    n += 1;
    return { response: `resp_mock_${n}`, item: `mock_${n}`, call: `call_mock_${n}` };
  };
}

/** @param metadata the turn metadata of the HTTP header, where the body has none */
export function readAsk(
  wire: Ask["wire"],
  body: Json,
  history: readonly Item[],
  id: Ask["id"],
  metadata?: string,
): Ask {
  const client = isRecord(body.client_metadata) ? body.client_metadata : {};
  const meta = parse(client["x-codex-turn-metadata"] ?? metadata);
  const last = history.at(-1);
  return {
    wire,
    kind: kindOf(body, meta, last),
    body,
    history,
    prompt: promptOf(history),
    toolOutput: last?.type.endsWith("_call_output") ? outputText(last.output) : undefined,
    shell: shellOf(body, history),
    turn: typeof meta.turn_id === "string" ? meta.turn_id : "",
    id,
  };
}

function kindOf(body: Json, meta: Json, last: Item | undefined): Kind {
  if (body.generate === false) return "warmup";
  if (meta.request_kind === "compaction" || last?.type === "compaction_trigger") return "compact";
  const source = meta.thread_source;
  const human = (source === undefined || source === "user") && meta.subagent_kind === undefined;
  return human && (meta.request_kind ?? "turn") === "turn" ? "main" : "side";
}

/** Codex sends its own texts in the user's role too: those begin with a tag or a heading. */
const NOT_TYPED = /^(<|# AGENTS\.md)/;

function promptOf(history: readonly Item[]): string {
  const texts = history
    .filter((item) => item.type === "message" && item.role === "user")
    .flatMap((item) => (typeof item.content === "string" ? [item.content] : parts(item.content)));
  return texts.findLast((text) => !NOT_TYPED.test(text)) ?? "";
}

function shellOf(body: Json, history: readonly Item[]): Ask["shell"] {
  const added = history.filter(({ type }) => type === "additional_tools").flatMap(({ tools }) => tools as Json[]);
  if (added.some(({ type, name }) => type === "namespace" && name === "functions")) return "program";
  if (added.some(({ type, name }) => type === "custom" && name === "exec")) return "bare-program";
  const tools = Array.isArray(body.tools) ? body.tools : [];
  return tools.some((tool: Json) => tool.name === "exec_command") ? "call" : "none";
}

/** What a tool printed, without the summary of the run that Codex puts before it: as text, or as a part of its own. */
function outputText(output: unknown): string {
  const text = typeof output === "string" ? output : (parts(output).at(-1) ?? "");
  return text.split(/^Output:\n/m).at(-1) ?? "";
}

function parts(content: unknown): string[] {
  if (!Array.isArray(content)) return [];
  return content.flatMap((part: unknown) => (isRecord(part) && typeof part.text === "string" ? [part.text] : []));
}

function parse(source: unknown): Json {
  if (typeof source !== "string") return {};
  try {
    const value: unknown = JSON.parse(source);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

export function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
