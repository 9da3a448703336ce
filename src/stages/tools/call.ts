/** Calls as hooks' tools know them. */
import type { CodexCall } from "../../hooks/tools/present.ts";
import type { Call } from "../legs/call.ts";

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
