/** What both wires send: the fields that Codex sends for a model without code mode. */
import type { Item, WireEvent } from "../events.ts";

const EXEC_COMMAND = {
  type: "function",
  name: "exec_command",
  description: "Runs a shell command.",
  strict: false,
  parameters: { type: "object", properties: { cmd: { type: "string" } }, required: ["cmd"] },
};

export function requestFields(model = "gpt-5.5"): object {
  return {
    model,
    stream: true,
    store: false,
    tool_choice: "auto",
    parallel_tool_calls: false,
    tools: [EXEC_COMMAND],
  };
}

/** The items that a reply adds to the conversation. */
export function outputItems(events: readonly WireEvent[]): Item[] {
  return events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item as Item);
}

export function isTerminal({ type }: WireEvent): boolean {
  return /^(response\.(completed|failed|incomplete)|error)$/.test(type);
}
