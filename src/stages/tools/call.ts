/** Tool calls among the items of an answer, and the outputs that answer them. */
import type { CodexCall } from "../../hooks/tools/present.ts";
import type { Item } from "../../protocol/request.ts";

/** A call that the client makes and answers. */
export interface Call extends Item {
  readonly type: string;
  readonly call_id: string;
}

/** Calls that a client answers; upstream makes others itself. To each the type of what answers it. */
const OUTPUTS: Readonly<Record<string, string>> = {
  function_call: "function_call_output",
  custom_tool_call: "custom_tool_call_output",
  local_shell_call: "local_shell_call_output",
  tool_search_call: "tool_search_output",
};

export function isCall(item: Item): item is Call {
  return item.type !== undefined && Object.hasOwn(OUTPUTS, item.type) && typeof item.call_id === "string";
}

/** An output that tells the model something of its call. */
export function outputOf({ type, call_id }: Call, output: string): Item {
  // A local shell's call is answered as a function's is.
  const answer = type === "local_shell_call" ? "function_call_output" : (OUTPUTS[type] ?? "");
  return { type: answer, call_id, output };
}

/** By what the client's own output of a call will be known: no more than that. */
export function outputKey({ type, call_id }: Call): Item {
  return { type: outputOf({ type, call_id }, "").type ?? "", call_id };
}

/** A call as hooks' tools know it. Arguments that are no JSON are none. */
export function codexCall({ type, name, namespace, arguments: text, input, action }: Call): CodexCall {
  if (type === "local_shell_call") return { name: "local_shell", input: shellInput(action) };
  const named = { name: String(name), namespace: typeof namespace === "string" ? namespace : undefined };
  return { ...named, input: type === "custom_tool_call" ? input : parsed(text) };
}

/** Where a call has its input, and what stands there when it is to be this. */
export function withInput(call: Call, input: unknown): Call {
  if (call.type === "custom_tool_call") return { ...call, input: String(input) };
  if (call.type !== "local_shell_call") return { ...call, arguments: JSON.stringify(input) };
  const { command } = fieldsOf(input);
  return { ...call, action: { ...fieldsOf(call.action), command } };
}

/** A local shell's action in the form of the tools that came after it. */
function shellInput(action: unknown): object {
  const { command, working_directory: workdir } = fieldsOf(action);
  return { command, ...(typeof workdir === "string" ? { workdir } : {}) };
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return {};
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
