/** A stream redactor: e-mail addresses in what the model writes are hidden before they reach the screen. */
import { defineHook, type StreamEvent } from "codex-plus";

const DELTA = "response.output_text.delta";
const ADDRESS = /[\w.+-]+@[\w-]+(\.[\w-]+)+/g;

/** Every text in a value, wherever it lies. */
function hidden(value: unknown): unknown {
  if (typeof value === "string") return value.replace(ADDRESS, "[address]");
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, hidden(each)]));
}

/** Text that may be the beginning of an address, held back until its end has come. */
let held = "";

export default defineHook({
  description: "hides e-mail addresses",
  streamEvents: ["response.output_text.delta", "response.output_text.done", "response.output_item.done"],
  post_output(event) {
    if (event.type !== DELTA) {
      const { item_id, output_index, content_index } = event;
      const rest = { type: DELTA, item_id, output_index, content_index, delta: hidden(held) };
      const events = event.type === "response.output_text.done" && held !== "" ? [rest, event] : [event];
      held = "";
      return events.map((each) => hidden(each) as StreamEvent);
    }
    const text = held + String(event.delta);
    const end = text.search(/[\w.+@-]*$/);
    held = text.slice(end);
    return { ...event, delta: hidden(text.slice(0, end)) };
  },
});
