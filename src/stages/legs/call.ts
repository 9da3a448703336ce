/** Tool calls among the items of an answer, and the outputs that answer them. */
import type { Item } from "../../protocol/request.ts";

/** A call that is not upstream's own to make. */
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

/** An output that tells the model something of its call: text, or parts of content. */
export function outputOf({ type, call_id }: Call, output: string | readonly object[]): Item {
  // A local shell's call is answered as a function's is.
  const answer = type === "local_shell_call" ? "function_call_output" : (OUTPUTS[type] ?? "");
  return { type: answer, call_id, output };
}

/** By what the client's own output of a call will be known: no more than that. */
export function outputKey({ type, call_id }: Call): Item {
  return { type: outputOf({ type, call_id }, "").type ?? "", call_id };
}
