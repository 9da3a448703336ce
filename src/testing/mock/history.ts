/**
 * What the real backend would refuse: a pure check of one request against what its socket carried before.
 * The rules are those of codex-wire 4.3, 5.3, 6 and 10: a violation here is a bug in whatever stands in between.
 */
import type { Item } from "../events.ts";

/** The last response of a socket. `store` is false, so the backend keeps this one only, and only for this socket. */
export interface Chain {
  readonly id: string;
  /** Input and output up to and including that response. */
  readonly items: readonly Item[];
}

/** Why a request is impossible, with the error code that the real backend gives. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** The id prefix of each item type, client-made and server-made alike. Types not listed are not checked. */
const PREFIXES: Readonly<Record<string, string>> = {
  message: "msg_",
  reasoning: "rs_",
  additional_tools: "at_",
  agent_message: "amsg_",
  function_call: "fc_",
  function_call_output: "fco_",
  custom_tool_call: "ctc_",
  custom_tool_call_output: "ctco_",
};

const LONGEST_ID = 64;

/** The calls that each kind of output may answer. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  function_call_output: ["function_call", "local_shell_call"],
  custom_tool_call_output: ["custom_tool_call"],
};
const CALLS = new Set(Object.values(ANSWERS).flat());

/** Everything the model would see, or why it would see nothing. */
export type Verdict =
  | { readonly ok: true; readonly history: readonly Item[] }
  | { readonly ok: false; readonly refusal: Refusal };

/** @param chain the socket's last response; undefined over HTTP and where there is none */
export function judge(wire: "sse" | "ws", body: Readonly<Record<string, unknown>>, chain: Chain | undefined): Verdict {
  const input = inputItems(body.input);
  const refusal =
    badShape(body, input) ?? badChain(wire, body.previous_response_id, chain) ?? badItems(input ?? [], chain, body);
  if (refusal) return { ok: false, refusal };
  return { ok: true, history: fullHistory(input ?? [], chain, body) };
}

/** The items of a request; a plain string stands for one user message. Undefined for what is neither. */
function inputItems(input: unknown): Item[] | undefined {
  if (typeof input === "string") {
    return [{ type: "message", role: "user", content: [{ type: "input_text", text: input }] }];
  }
  if (!Array.isArray(input)) return undefined;
  // The API takes a message without its type.
  return input.map((item: Item) => ("type" in item ? item : { ...(item as object), type: "message" }));
}

function badShape(body: Readonly<Record<string, unknown>>, input: Item[] | undefined): Refusal | undefined {
  if (typeof body.model !== "string")
    return invalid("missing_required_parameter", "Missing required parameter: 'model'.");
  if (!input) return invalid("missing_required_parameter", "Missing required parameter: 'input'.");
  if (body.store === true) return invalid("unsupported_value", "Store must be set to false");
  return undefined;
}

function badChain(wire: "sse" | "ws", previous: unknown, chain: Chain | undefined): Refusal | undefined {
  if (previous === undefined || previous === null) return undefined;
  if (wire === "sse") return invalid("unsupported_parameter", "Unsupported parameter: previous_response_id");
  if (previous === chain?.id) return undefined;
  const known = chain ? `this socket's last response is ${chain.id}` : "this socket has no response to go on from";
  return {
    code: "previous_response_not_found",
    message: `Previous response with id '${String(previous)}' not found: ${known}.`,
  };
}

function badItems(input: readonly Item[], chain: Chain | undefined, body: Readonly<Record<string, unknown>>) {
  for (const item of input) {
    const refusal = badId(item);
    if (refusal) return refusal;
  }
  return badPairs(fullHistory(input, chain, body)) ?? repeatedId(input);
}

function badId(item: Item): Refusal | undefined {
  if (item.id === undefined || item.id === null) return undefined;
  const id = String(item.id);
  const prefix = PREFIXES[item.type];
  if (id.length > LONGEST_ID) {
    return invalid("string_above_max_length", `Invalid item id: ${id.length} characters, at most ${LONGEST_ID}.`);
  }
  if (prefix && !(id.startsWith(prefix) && /^[A-Za-z0-9_-]+$/.test(id))) {
    return invalid("invalid_value", `Invalid item id '${id}': expected an id that begins with '${prefix}'.`);
  }
  return undefined;
}

function repeatedId(input: readonly Item[]): Refusal | undefined {
  const seen = new Set<unknown>();
  for (const { id } of input) {
    if (id === undefined || id === null) continue;
    if (seen.has(id)) return invalid("invalid_value", `Duplicate item found with id ${String(id)}.`);
    seen.add(id);
  }
  return undefined;
}

/** Every output follows its call, and every call is answered before the model goes on. */
function badPairs(history: readonly Item[]): Refusal | undefined {
  const open = new Map<unknown, string>();
  for (const item of history) {
    const answers = ANSWERS[item.type];
    if (CALLS.has(item.type)) open.set(item.call_id, item.type);
    if (!answers || isContext(item)) continue;
    const call = open.get(item.call_id);
    if (call === undefined || !answers.includes(call)) {
      return invalid(undefined, `No tool call found for ${item.type} with call_id ${String(item.call_id)}.`);
    }
    open.delete(item.call_id);
  }
  for (const [id, type] of open)
    return invalid(undefined, `No tool output found for ${type} with call_id ${String(id)}.`);
  return undefined;
}

/** A `function_call_output` with a name and no call is context that the client presents as tool output. */
function isContext(item: Item): boolean {
  return item.call_id === undefined && typeof item.name === "string";
}

function fullHistory(
  input: readonly Item[],
  chain: Chain | undefined,
  body: Readonly<Record<string, unknown>>,
): Item[] {
  return body.previous_response_id && chain ? [...chain.items, ...input] : [...input];
}

function invalid(code: string | undefined, message: string): Refusal {
  return { code: code ?? "invalid_request_error", message };
}
